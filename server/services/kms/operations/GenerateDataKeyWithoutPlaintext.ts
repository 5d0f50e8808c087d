import type {
  GenerateDataKeyWithoutPlaintextRequest,
  GenerateDataKeyWithoutPlaintextResponse,
} from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { freshDataKey } from '../cipher.ts'
import { checkTokens } from '../grant-tokens.ts'
import { ANY_KEY, keyTarget, locate, present } from '../locate.ts'
import { checkContext } from '../model/context.ts'
import { dataKeySize, dryRun, keyResource } from '../model/cryptography.ts'
import { DataKeySpec, DryRun, EncryptionContext, GrantTokens, KeyId, NumberOfBytes } from '../model/members.ts'
import { requireDataKeys, SYMMETRIC } from '../model/specs.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Generated = Answer<GenerateDataKeyWithoutPlaintextResponse, 'CiphertextBlob' | 'KeyId' | 'KeyMaterialId'>

/** A fresh data key, encrypted only: for whoever needs it later. Source: API_GenerateDataKeyWithoutPlaintext, kms.md 4.1. */
export const GenerateDataKeyWithoutPlaintext = operation<GenerateDataKeyWithoutPlaintextRequest, Generated>()({
  name: 'GenerateDataKeyWithoutPlaintext',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    EncryptionContext,
    NumberOfBytes,
    KeySpec: DataKeySpec,
    GrantTokens,
    DryRun,
  },
  errors: [
    'DisabledException',
    'DryRunOperationException',
    'InvalidArnException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'KeyUnavailableException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
  ],
  audit: {
    request: ({ KeyId, EncryptionContext, KeySpec, NumberOfBytes, DryRun }) => ({
      keyId: KeyId,
      encryptionContext: EncryptionContext,
      keySpec: KeySpec,
      numberOfBytes: NumberOfBytes,
      dryRun: DryRun,
    }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  async target(input, { keys, found }, call) {
    dataKeySize(input.KeySpec, input.NumberOfBytes)
    checkContext(input.EncryptionContext)
    found.located = await locate(input.KeyId, keys, call, ANY_KEY)
    return keyTarget(found.located, { context: input.EncryptionContext, algorithm: SYMMETRIC })
  },
  async run({ KeySpec, NumberOfBytes, EncryptionContext, GrantTokens, DryRun }, env, call) {
    const { keys, random, found } = env
    const key = present(kept(found.located))
    requireState(key, 'cryptography', call.now)
    requireDataKeys(key, 'GenerateDataKeyWithoutPlaintext')
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    dryRun(DryRun)
    const { material } = await keys.current(key)
    const { plaintext, blob } = freshDataKey(material, EncryptionContext, dataKeySize(KeySpec, NumberOfBytes), random)
    plaintext.fill(0)
    return { CiphertextBlob: blob, KeyId: key.arn, KeyMaterialId: material.id }
  },
})
