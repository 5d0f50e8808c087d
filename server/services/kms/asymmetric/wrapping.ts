import { constants, createDecipheriv, createSecretKey, type KeyObject, privateDecrypt } from 'node:crypto'
import type { AlgorithmSpec, WrappingKeySpec } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { isRsa, type RsaSpec } from '../model/specs.ts'

/** How key material travels that its owner imports. Source: kms.md 16.3. */

export type Wrapping = Extract<
  AlgorithmSpec,
  'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256' | 'RSA_AES_KEY_WRAP_SHA_1' | 'RSA_AES_KEY_WRAP_SHA_256'
>

/** In the order of the numbers that import tokens say. */
export const WRAPPINGS: readonly Wrapping[] = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
]

/** Refuses what material of a key of this spec can't be wrapped by. Assumed: the codes and texts. */
export function checkWrapping(
  spec: string,
  algorithm: AlgorithmSpec,
  keySpec: WrappingKeySpec,
): { readonly algorithm: Wrapping; readonly keySpec: RsaSpec } {
  const refused = (what: string) => new ApiError('UnsupportedOperationException', `${what} is not supported.`)
  // PKCS #1 v1.5 is refused since 2023-10-10; SM2 is for China only.
  if (!WRAPPINGS.includes(algorithm as Wrapping)) throw refused(`WrappingAlgorithm ${algorithm}`)
  if (!isRsa(keySpec)) throw refused(`WrappingKeySpec ${keySpec}`)
  const direct = algorithm.startsWith('RSAES_OAEP_')
  if (direct && (isRsa(spec) || (spec === 'ECC_NIST_P521' && keySpec === 'RSA_2048')))
    throw refused(`WrappingAlgorithm ${algorithm} with WrappingKeySpec ${keySpec} for a key of KeySpec ${spec}`)
  return { algorithm: algorithm as Wrapping, keySpec }
}

/** The key encryption key of RSA_AES_KEY_WRAP: AES-256. */
const KEK = 32
/** The first half of the alternative initial value. Source: RFC 5649, 3. */
const KWP_IV = Buffer.from('a65959a6', 'hex')

/**
 * The material in what its owner wrapped with the public half of `key`; the caller zeroes it. Whatever is wrong, the answer
 * is one: InvalidCiphertextException without a text (recorded).
 */
export function unwrapped(key: KeyObject, algorithm: Wrapping, wrapped: Uint8Array): Buffer {
  try {
    if (algorithm.startsWith('RSAES_OAEP_')) return oaep(key, algorithm, wrapped)
    const size = (key.asymmetricKeyDetails?.modulusLength as number) / 8
    const kek = oaep(key, algorithm, wrapped.subarray(0, size))
    try {
      if (kek.length !== KEK) throw new Error('the key encryption key is of another size')
      return openKeyWrap(createSecretKey(kek), wrapped.subarray(size))
    } finally {
      kek.fill(0)
    }
  } catch {
    throw new ApiError('InvalidCiphertextException')
  }
}

function oaep(key: KeyObject, algorithm: Wrapping, ciphertext: Uint8Array): Buffer {
  const oaepHash = algorithm.endsWith('_SHA_1') ? 'sha1' : 'sha256'
  return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, ciphertext)
}

/** AES key unwrap with padding. Source: RFC 5649. Throws when anything is wrong. */
export function openKeyWrap(kek: KeyObject, wrapped: Uint8Array): Buffer {
  // OpenSSL finds nothing wrong with nothing.
  if (wrapped.length < 16) throw new Error('too short to be a wrapped key')
  const bits = (kek.symmetricKeySize as number) * 8
  const decipher = createDecipheriv(`id-aes${bits}-wrap-pad`, kek, KWP_IV)
  const first = decipher.update(wrapped)
  return Buffer.concat([first, decipher.final()])
}
