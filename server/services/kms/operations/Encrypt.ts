import type { EncryptRequest, EncryptResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkLength, encryptOaep, isOaep, refuseContext } from '../asymmetric/oaep.ts'
import { sealBlob } from '../cipher.ts'
import { checkTokens } from '../grant-tokens.ts'
import { checkContext } from '../model/context.ts'
import { DryRun, EncryptionAlgorithm, EncryptionContext, GrantTokens, KeyId, Plaintext } from '../model/members.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { requireAlgorithm, requireUsage, SYMMETRIC } from '../model/specs.ts'
import { operation } from '../operation.ts'
import { usable, usedKey } from '../using.ts'

type Encrypted = Answer<EncryptResponse, 'CiphertextBlob' | 'KeyId' | 'EncryptionAlgorithm'>

/** Encrypts up to 4,096 bytes directly under a key. Source: API_Encrypt, kms.md 4.1. */
export const Encrypt = operation<EncryptRequest, Encrypted>()({
  name: 'Encrypt',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    Plaintext: required(Plaintext),
    EncryptionContext,
    GrantTokens,
    EncryptionAlgorithm,
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
    request: ({ KeyId, EncryptionContext, EncryptionAlgorithm, DryRun }) => ({
      keyId: KeyId,
      encryptionContext: EncryptionContext,
      encryptionAlgorithm: EncryptionAlgorithm ?? SYMMETRIC,
      dryRun: DryRun,
    }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  target({ KeyId, EncryptionContext: context, EncryptionAlgorithm: algorithm = SYMMETRIC }, env, call) {
    checkContext(context)
    return usedKey(KeyId, { context, algorithm }, env, call)
  },
  async run({ Plaintext, EncryptionContext, EncryptionAlgorithm, GrantTokens, DryRun }, env, call) {
    const { keys, random } = env
    const key = usable(env, call)
    requireUsage(key, 'ENCRYPT_DECRYPT', 'Encrypt')
    const algorithm = EncryptionAlgorithm ?? SYMMETRIC
    requireAlgorithm(key, algorithm)
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    if (isOaep(algorithm)) {
      refuseContext(EncryptionContext)
      checkLength(key.spec, algorithm, Plaintext)
      dryRun(DryRun)
      const CiphertextBlob = encryptOaep(await keys.pair(key), algorithm, Plaintext)
      return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: algorithm }
    }
    dryRun(DryRun)
    const current = keys.current(key)
    const { material } = current instanceof Promise ? await current : current
    return {
      CiphertextBlob: sealBlob(material, EncryptionContext, Plaintext, random),
      KeyId: key.arn,
      EncryptionAlgorithm: SYMMETRIC,
    }
  },
})
