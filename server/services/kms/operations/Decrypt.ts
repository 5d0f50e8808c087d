import type { DecryptRequest, DecryptResponse } from '@aws-sdk/client-kms'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { type Soon, when } from '#kernel/values/soon'
import type { Answer } from '#kernel/wire'
import { decryptOaep, isOaep, refuseContext } from '../asymmetric/oaep.ts'
import { privately } from '../asymmetric/turns.ts'
import { openBlob } from '../cipher.ts'
import { checkTokens } from '../grant-tokens.ts'
import { ANY_KEY, keyTarget, locate, locateOpened, present, type Said } from '../locate.ts'
import { materialOf } from '../model/blob.ts'
import { checkContext } from '../model/context.ts'
import { dryRun, keyResource, refuseRecipient, requireBlob } from '../model/cryptography.ts'
import {
  CiphertextBlob,
  DryRun,
  DryRunModifiers,
  EncryptionAlgorithm,
  EncryptionContext,
  GrantTokens,
  KeyId,
  Recipient,
} from '../model/members.ts'
import { requireAlgorithm, SYMMETRIC } from '../model/specs.ts'
import { requireState } from '../model/states.ts'
import { type Env, kept, operation } from '../operation.ts'
import { unknownCiphertext } from '../refusals.ts'

type Decrypted = Answer<DecryptResponse, 'Plaintext' | 'KeyId' | 'EncryptionAlgorithm'>

/**
 * Opens a ciphertext blob. The key is the one that the blob names, and its policy decides, whether KeyId is given or not.
 * What was encrypted with a public key names none: KeyId must, and it is opened when the unit of work is closed.
 * Source: API_Decrypt, kms.md 4.1, 4.3.
 */
export const Decrypt = operation<DecryptRequest, Decrypted>()({
  name: 'Decrypt',
  effect: 'read',
  input: {
    CiphertextBlob,
    EncryptionContext,
    GrantTokens,
    KeyId,
    EncryptionAlgorithm,
    Recipient,
    DryRun,
    DryRunModifiers,
  },
  errors: [
    'DisabledException',
    'DryRunOperationException',
    'IncorrectKeyException',
    'InvalidArnException',
    'InvalidCiphertextException',
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
  target(input, { keys, found }, call) {
    const { KeyId, CiphertextBlob, EncryptionContext: context, EncryptionAlgorithm: algorithm = SYMMETRIC } = input
    const noBlob = requireBlob(input)
    refuseRecipient(input.Recipient)
    if (KeyId === undefined && (noBlob || algorithm !== SYMMETRIC))
      throw new ApiError('ValidationException', 'KeyId must not be null')
    checkContext(context)
    const said = { context, algorithm }
    return when(KeyId === undefined ? undefined : locate(KeyId, keys, call, ANY_KEY), (located) => {
      found.located = located
      if (noBlob || CiphertextBlob === undefined || isOaep(algorithm)) return keyTarget(kept(located), said)
      return targetOfBlob(CiphertextBlob, said, { keys, found }, call)
    })
  },
  async run(input, env, call) {
    const { keys, found } = env
    const { CiphertextBlob, EncryptionContext, EncryptionAlgorithm, GrantTokens, DryRun } = input
    const { opened } = found
    const key = opened?.key ?? present(kept(found.located))
    requireState(key, 'cryptography', call.now)
    const another = opened !== undefined && found.located !== undefined && found.located.arn !== key.arn
    if (another || key.usage !== 'ENCRYPT_DECRYPT')
      throw new ApiError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      )
    const algorithm = EncryptionAlgorithm ?? SYMMETRIC
    // A key of RSA without an algorithm: what it is given is no blob (recorded).
    if (EncryptionAlgorithm !== undefined || key.spec === SYMMETRIC) requireAlgorithm(key, algorithm)
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    if (requireBlob(input)) dryRun(DryRun)
    if (isOaep(algorithm)) {
      refuseContext(EncryptionContext)
      found.pair = await keys.pair(key)
      return { Plaintext: Buffer.alloc(0), KeyId: key.arn, EncryptionAlgorithm: algorithm }
    }
    if (opened === undefined) throw new ApiError('InvalidCiphertextException')
    const { material } = opened
    const plaintext = openBlob(material, EncryptionContext, kept(CiphertextBlob))
    if (DryRun === true) plaintext.fill(0)
    dryRun(DryRun)
    return { Plaintext: plaintext, KeyId: key.arn, EncryptionAlgorithm: SYMMETRIC, KeyMaterialId: material.id }
  },
  afterOf: ({ EncryptionAlgorithm = SYMMETRIC }) => isOaep(EncryptionAlgorithm),
  async after(out, { CiphertextBlob, EncryptionAlgorithm = SYMMETRIC, DryRun }, { found }, { caller }) {
    if (!isOaep(EncryptionAlgorithm)) return out
    const decrypt = () => decryptOaep(kept(found.pair), EncryptionAlgorithm, kept(CiphertextBlob))
    const plaintext = await privately.take(caller.principalArn, decrypt)
    if (DryRun === true) plaintext.fill(0)
    dryRun(DryRun)
    return { ...out, Plaintext: plaintext }
  },
})

/** The key that the blob names. Bytes that are no blob are told so only to who may decrypt with KeyId, or names none. */
function targetOfBlob(
  blob: Uint8Array,
  said: Said,
  { keys, found }: Pick<Env, 'keys' | 'found'>,
  call: Call,
): Soon<Target> {
  const materialId = materialOf(blob)
  if (materialId === undefined) {
    if (found.located === undefined) throw new ApiError('InvalidCiphertextException')
    return keyTarget(found.located, said)
  }
  return when(keys.material(call.region, materialId), (opened) => {
    if (opened === undefined) throw unknownCiphertext(call)
    found.opened = opened
    return when(locateOpened(opened.key, keys, call, found.located), (located) => keyTarget(located, said))
  })
}
