import { constants, type KeyObject, publicEncrypt, webcrypto } from 'node:crypto'
import { ApiError } from '#kernel/error'
import type { KeyPair } from './pair.ts'

/** RSA encryption: OAEP with an empty label and MGF1 over the same hash. Source: kms.md 4.1, 16.1. */

const HASHES = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const
const HASH_SIZE = { sha1: 20, sha256: 32 } as const

export type OaepAlgorithm = keyof typeof HASHES
export const isOaep = (algorithm: string): algorithm is OaepAlgorithm => Object.hasOwn(HASHES, algorithm)

/** RSA keys take no encryption context: there is nothing that would authenticate it. The text is recorded. */
export function refuseContext(context: Readonly<Record<string, string>> | undefined): void {
  if (context === undefined || Object.keys(context).length === 0) return
  throw new ApiError(
    'ValidationException',
    'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
  )
}

/** Refuses a plaintext that is longer than the modulus lets it be. The text is recorded. */
export function checkLength(spec: string, algorithm: OaepAlgorithm, plaintext: Uint8Array): void {
  const most = Number(spec.slice('RSA_'.length)) / 8 - 2 * HASH_SIZE[HASHES[algorithm]] - 2
  if (plaintext.length > most)
    throw new ApiError(
      'ValidationException',
      `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${most} bytes.`,
    )
}

/** Encrypts a plaintext that has been through `checkLength`. A tenth of a millisecond. */
export function encryptOaep({ publicKey }: KeyPair, algorithm: OaepAlgorithm, plaintext: Uint8Array): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return publicEncrypt({ key: publicKey, padding, oaepHash: HASHES[algorithm] }, plaintext)
}

const imported = new WeakMap<KeyObject, Map<OaepAlgorithm, webcrypto.CryptoKey>>()

/**
 * Decrypts on libuv's threads: WebCrypto is the only door to them for that. Whatever is wrong, the answer is one:
 * InvalidCiphertextException without a text (recorded). The caller zeroes what it gets.
 */
export async function decryptOaep(
  { privateKey }: KeyPair,
  algorithm: OaepAlgorithm,
  ciphertext: Uint8Array,
): Promise<Buffer> {
  const keys = imported.get(privateKey) ?? new Map<OaepAlgorithm, webcrypto.CryptoKey>()
  imported.set(privateKey, keys)
  const hash = algorithm === 'RSAES_OAEP_SHA_1' ? 'SHA-1' : 'SHA-256'
  const key = keys.get(algorithm) ?? privateKey.toCryptoKey({ name: 'RSA-OAEP', hash }, false, ['decrypt'])
  keys.set(algorithm, key)
  try {
    return Buffer.from(await webcrypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, ciphertext as Uint8Array<ArrayBuffer>))
  } catch {
    throw new ApiError('InvalidCiphertextException')
  }
}
