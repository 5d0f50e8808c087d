import { constants, type KeyObject, sign, type SignKeyObjectInput, verify } from 'node:crypto'
import { ApiError } from '#kernel/error'
import type { KeyPair } from './pair.ts'
import type { DigestThread } from './thread.ts'

/** Signatures over messages, made by libuv's threads, and over digests, see `digests.ts`. Source: kms.md 16.1. */

export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU'

/** What is signed, or is said to have been. */
export interface Signed {
  readonly algorithm: string
  readonly type: MessageType
  readonly message: Uint8Array
}

const ED25519 = 'ED25519_SHA_512'
const ED25519_PH = 'ED25519_PH_SHA_512'
const ML_DSA = 'ML_DSA_SHAKE_256'

/** Bytes of what is signed instead of a message. Source: FIPS 180-4; of ML-DSA FIPS 204, 6.2 (mu). */
function digestSize(algorithm: string): number {
  if (algorithm.endsWith('_256') && algorithm !== ML_DSA) return 32
  return algorithm.endsWith('_384') ? 48 : 64
}

function typesOf(algorithm: string): readonly MessageType[] {
  if (algorithm === ED25519) return ['RAW']
  if (algorithm === ED25519_PH) return ['DIGEST']
  return algorithm === ML_DSA ? ['RAW', 'EXTERNAL_MU'] : ['RAW', 'DIGEST']
}

/** Refuses a message that can't be signed like that. Source: kms.md 16.1 (the text of a wrong length is recorded). */
export function checkMessage({ algorithm, type, message }: Signed): void {
  // Assumed: code and text.
  if (!typesOf(algorithm).includes(type))
    throw new ApiError('ValidationException', `MessageType ${type} is not supported by algorithm ${algorithm}.`)
  if (type !== 'RAW' && message.length !== digestSize(algorithm))
    throw new ApiError('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`)
}

/** Signs; the message has been through `checkMessage`. */
export async function signed(pair: KeyPair, what: Signed, thread: DigestThread): Promise<Uint8Array> {
  const { algorithm, type, message } = what
  if (type !== 'RAW') return thread.sign({ spec: pair.spec, algorithm, digest: message }, pair.privateKey)
  return new Promise((resolve, reject) =>
    sign(hashOf(algorithm), message, ways(algorithm, pair.privateKey), (error, signature) =>
      error === null ? resolve(signature) : reject(error),
    ),
  )
}

/** Whether this is a signature of the key over the message, which has been through `checkMessage`. */
export async function isSigned(
  pair: KeyPair,
  what: Signed,
  signature: Uint8Array,
  thread: DigestThread,
): Promise<boolean> {
  const { algorithm, type, message } = what
  if (type !== 'RAW') return thread.verify({ spec: pair.spec, algorithm, digest: message }, pair.publicKey, signature)
  return new Promise((resolve) =>
    // Bytes that are no signature at all are an error to OpenSSL, and a wrong signature here.
    verify(hashOf(algorithm), message, ways(algorithm, pair.publicKey), signature, (error, valid) =>
      resolve(error === null && valid),
    ),
  )
}

const hashOf = (algorithm: string): string | null =>
  algorithm === ED25519 || algorithm === ML_DSA ? null : `sha${algorithm.slice(-3)}`

function ways(algorithm: string, key: KeyObject): SignKeyObjectInput {
  if (algorithm.startsWith('RSASSA_PSS_'))
    return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  if (algorithm.startsWith('RSASSA_PKCS1_')) return { key, padding: constants.RSA_PKCS1_PADDING }
  return { key, dsaEncoding: 'der' }
}
