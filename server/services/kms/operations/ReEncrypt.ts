import type { ReEncryptRequest, ReEncryptResponse } from '@aws-sdk/client-kms'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkLength, decryptOaep, encryptOaep, isOaep, refuseContext } from '../asymmetric/oaep.ts'
import { privately } from '../asymmetric/turns.ts'
import { openBlob, sealBlob } from '../cipher.ts'
import { checkTokens } from '../grant-tokens.ts'
import { ANY_KEY, keyTarget, locate, type Located, locateOpened, present } from '../locate.ts'
import { materialOf } from '../model/blob.ts'
import { checkContext, type Pairs } from '../model/context.ts'
import { dryRun, keyResource, requireBlob } from '../model/cryptography.ts'
import {
  CiphertextBlob,
  DryRun,
  DryRunModifiers,
  EncryptionAlgorithm,
  EncryptionContext,
  GrantTokens,
  KeyId,
} from '../model/members.ts'
import { requireAlgorithm, requireUsage, SYMMETRIC } from '../model/specs.ts'
import { requireState } from '../model/states.ts'
import { type Env, kept, operation } from '../operation.ts'
import { unknownCiphertext } from '../refusals.ts'
import type { StoredKey } from '../store.ts'

type ReEncrypted = Answer<
  ReEncryptResponse,
  'CiphertextBlob' | 'KeyId' | 'SourceKeyId' | 'SourceEncryptionAlgorithm' | 'DestinationEncryptionAlgorithm'
>

/**
 * Opens a ciphertext under one key and encrypts it under another; the plaintext never leaves. Needs kms:ReEncryptFrom on the
 * key that the ciphertext names and kms:ReEncryptTo on the other. Source: API_ReEncrypt, kms.md 4.1; 17, 9.
 */
export const ReEncrypt = operation<ReEncryptRequest, ReEncrypted>()({
  name: 'ReEncrypt',
  effect: 'read',
  input: {
    CiphertextBlob,
    SourceEncryptionContext: EncryptionContext,
    SourceKeyId: KeyId,
    DestinationKeyId: required(KeyId),
    DestinationEncryptionContext: EncryptionContext,
    SourceEncryptionAlgorithm: EncryptionAlgorithm,
    DestinationEncryptionAlgorithm: EncryptionAlgorithm,
    GrantTokens,
    DryRun,
    DryRunModifiers,
  },
  errors: [
    'DisabledException',
    'DryRunOperationException',
    'IncorrectKeyException',
    'InvalidCiphertextException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'KeyUnavailableException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
  ],
  audit: {
    request: (input) => ({
      sourceKeyId: input.SourceKeyId,
      sourceEncryptionContext: input.SourceEncryptionContext,
      sourceEncryptionAlgorithm: input.SourceEncryptionAlgorithm ?? SYMMETRIC,
      destinationKeyId: input.DestinationKeyId,
      destinationEncryptionContext: input.DestinationEncryptionContext,
      destinationEncryptionAlgorithm: input.DestinationEncryptionAlgorithm ?? SYMMETRIC,
      dryRun: input.DryRun,
    }),
    resources: (_, out) => [...keyResource(out?.SourceKeyId), ...keyResource(out?.KeyId)],
    // Either key may be another account's.
    copies: (_, { SourceKeyId, KeyId }, { account }) => {
      const owners = [SourceKeyId, KeyId].flatMap((arn) => keyResource(arn).map(({ accountId }) => accountId))
      return [...new Set(owners)].filter((owner) => owner !== account).map((owner) => ({ owner }))
    },
  },
  async target(input, env, call) {
    const { SourceEncryptionAlgorithm: from = SYMMETRIC, DestinationEncryptionAlgorithm: to = SYMMETRIC } = input
    checkContext(input.SourceEncryptionContext)
    checkContext(input.DestinationEncryptionContext)
    env.found.other = await locate(input.DestinationKeyId, env.keys, call, ANY_KEY)
    const source = await locateSource(input, from, env, call)
    const more = { 'kms:ReEncryptOnSameKey': String(source.arn === env.found.other.arn) }
    return [
      keyTarget(source, {
        context: input.SourceEncryptionContext,
        algorithm: from,
        more,
        action: 'kms:ReEncryptFrom',
      }),
      keyTarget(env.found.other, {
        context: input.DestinationEncryptionContext,
        algorithm: to,
        more,
        action: 'kms:ReEncryptTo',
      }),
    ]
  },
  async run(input, env, call) {
    const { keys, found } = env
    const { SourceEncryptionAlgorithm: from = SYMMETRIC, DestinationEncryptionAlgorithm: to = SYMMETRIC } = input
    const { opened } = found
    const source = opened?.key ?? present(kept(found.located))
    const destination = present(kept(found.other))
    requireState(source, 'cryptography', call.now)
    const another = opened !== undefined && found.located !== undefined && found.located.arn !== source.arn
    if (another || source.usage !== 'ENCRYPT_DECRYPT')
      throw new ApiError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      )
    if (input.SourceEncryptionAlgorithm !== undefined || source.spec === SYMMETRIC) requireAlgorithm(source, from)
    requireState(destination, 'cryptography', call.now)
    requireUsage(destination, 'ENCRYPT_DECRYPT', 'ReEncrypt')
    requireAlgorithm(destination, to)
    if (isOaep(from)) refuseContext(input.SourceEncryptionContext)
    if (isOaep(to)) refuseContext(input.DestinationEncryptionContext)
    if (input.GrantTokens !== undefined) await checkTokens(input.GrantTokens, env)
    if (requireBlob(input)) dryRun(input.DryRun)
    const encrypt = await encryption(destination, to, input.DestinationEncryptionContext, env)
    const out = {
      KeyId: destination.arn,
      SourceKeyId: source.arn,
      SourceEncryptionAlgorithm: from,
      DestinationEncryptionAlgorithm: to,
      ...(opened === undefined ? {} : { SourceKeyMaterialId: opened.material.id }),
      ...(destination.spec === SYMMETRIC ? { DestinationKeyMaterialId: destination.materialId } : {}),
    }
    if (isOaep(from)) {
      found.pair = await keys.pair(source)
      found.encrypt = encrypt
      return { ...out, CiphertextBlob: Buffer.alloc(0) }
    }
    if (opened === undefined) throw new ApiError('InvalidCiphertextException')
    const plaintext = openBlob(opened.material, input.SourceEncryptionContext, kept(input.CiphertextBlob))
    return { ...out, CiphertextBlob: finished(plaintext, encrypt, input.DryRun) }
  },
  afterOf: ({ SourceEncryptionAlgorithm = SYMMETRIC }) => isOaep(SourceEncryptionAlgorithm),
  async after(out, { CiphertextBlob, SourceEncryptionAlgorithm: from = SYMMETRIC, DryRun }, { found }, { caller }) {
    if (!isOaep(from)) return out
    const decrypt = () => decryptOaep(kept(found.pair), from, kept(CiphertextBlob))
    const plaintext = await privately.take(caller.principalArn, decrypt)
    return { ...out, CiphertextBlob: finished(plaintext, kept(found.encrypt), DryRun) }
  },
})

/** The key that the ciphertext names; what was encrypted with a public key names none, and SourceKeyId must. */
async function locateSource(
  input: {
    readonly CiphertextBlob?: Uint8Array | undefined
    readonly SourceKeyId?: string | undefined
    readonly DryRun?: boolean | undefined
    readonly DryRunModifiers?: readonly string[] | undefined
  },
  algorithm: string,
  { keys, found }: Pick<Env, 'keys' | 'found'>,
  call: Call,
): Promise<Located> {
  const noBlob = requireBlob(input)
  const { SourceKeyId, CiphertextBlob } = input
  if (SourceKeyId === undefined && (noBlob || algorithm !== SYMMETRIC))
    throw new ApiError('ValidationException', 'SourceKeyId must not be null')
  if (SourceKeyId !== undefined) found.located = await locate(SourceKeyId, keys, call, ANY_KEY)
  if (noBlob || CiphertextBlob === undefined || isOaep(algorithm)) return kept(found.located)
  const materialId = materialOf(CiphertextBlob)
  if (materialId === undefined) {
    if (found.located === undefined) throw new ApiError('InvalidCiphertextException')
    return found.located
  }
  found.opened = await keys.material(call.region, materialId)
  if (found.opened === undefined) throw unknownCiphertext(call, 'kms:ReEncryptFrom')
  return locateOpened(found.opened.key, keys, call, found.located)
}

/** How a plaintext is encrypted under the destination key, when nothing of the store is needed any more. */
async function encryption(
  key: StoredKey,
  algorithm: string,
  context: Pairs | undefined,
  { keys, random }: Pick<Env, 'keys' | 'random'>,
): Promise<(plaintext: Uint8Array) => Buffer> {
  if (isOaep(algorithm)) {
    const pair = await keys.pair(key)
    return (plaintext) => {
      checkLength(key.spec, algorithm, plaintext)
      return encryptOaep(pair, algorithm, plaintext)
    }
  }
  const { material } = await keys.current(key)
  return (plaintext) => sealBlob(material, context, plaintext, random)
}

/** Encrypts and forgets the plaintext; a dry run ends here. */
function finished(plaintext: Buffer, encrypt: (plaintext: Uint8Array) => Buffer, dry: boolean | undefined): Buffer {
  try {
    const blob = encrypt(plaintext)
    dryRun(dry)
    return blob
  } finally {
    plaintext.fill(0)
  }
}
