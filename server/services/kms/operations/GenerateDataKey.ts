import type { GenerateDataKeyRequest, GenerateDataKeyResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { when } from '#kernel/values/soon'
import type { Answer } from '#kernel/wire'
import { freshDataKey } from '../cipher.ts'
import { checkTokens } from '../grant-tokens.ts'
import { ANY_KEY, keyTarget, locate, present } from '../locate.ts'
import { checkContext } from '../model/context.ts'
import { dataKeySize, dryRun, keyResource, refuseRecipient } from '../model/cryptography.ts'
import {
  DataKeySpec,
  DryRun,
  EncryptionContext,
  GrantTokens,
  KeyId,
  NumberOfBytes,
  Recipient,
} from '../model/members.ts'
import { requireDataKeys, SYMMETRIC } from '../model/specs.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Generated = Answer<GenerateDataKeyResponse, 'CiphertextBlob' | 'Plaintext' | 'KeyId' | 'KeyMaterialId'>

/** A fresh data key, in clear and encrypted. Source: API_GenerateDataKey, kms.md 4.1. */
export const GenerateDataKey = operation<GenerateDataKeyRequest, Generated>()({
  name: 'GenerateDataKey',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    EncryptionContext,
    NumberOfBytes,
    KeySpec: DataKeySpec,
    GrantTokens,
    Recipient,
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
  target(input, { keys, found }, call) {
    refuseRecipient(input.Recipient)
    dataKeySize(input.KeySpec, input.NumberOfBytes)
    checkContext(input.EncryptionContext)
    return when(locate(input.KeyId, keys, call, ANY_KEY), (located) => {
      found.located = located
      return keyTarget(located, { context: input.EncryptionContext, algorithm: SYMMETRIC })
    })
  },
  async run({ KeySpec, NumberOfBytes, EncryptionContext, GrantTokens, DryRun }, env, call) {
    const { keys, random, found } = env
    const key = present(kept(found.located))
    requireState(key, 'cryptography', call.now)
    requireDataKeys(key, 'GenerateDataKey')
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    dryRun(DryRun)
    const current = keys.current(key)
    const { material } = current instanceof Promise ? await current : current
    const { plaintext, blob } = freshDataKey(material, EncryptionContext, dataKeySize(KeySpec, NumberOfBytes), random)
    return { CiphertextBlob: blob, Plaintext: plaintext, KeyId: key.arn, KeyMaterialId: material.id }
  },
})
