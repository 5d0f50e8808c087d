import { createCipheriv, createDecipheriv, createHmac, createSecretKey, KeyObject } from 'node:crypto'
import { boundRoom, writeBound } from '#kernel/sealing/bound'
import { SealBroken } from '#kernel/sealing/broken'

/**
 * Values under a data key of their own (a secret version, an advanced parameter).
 *
 *     sealed = version(1) | IV(12) | AES-256-GCM(data key, IV, AAD version | bound) | tag(16)
 *
 * A data key encrypts exactly one value. The IV is a MAC of the value and its identity, so that a data key that is used
 * twice by mistake, or by a unit of work that ran again, still does not repeat an IV for two different values.
 */

const VERSION = 1
const IV = 12
const TAG = 16
const HEAD = 1 + IV
const CIPHER = 'aes-256-gcm'
const TAG_LENGTH = { authTagLength: TAG } as const
const IV_LABEL = Buffer.from('strongroom/value/v1/iv\0', 'latin1')

/** Authenticated data is written here; every use ends within one synchronous call. */
const scratch = Buffer.allocUnsafeSlow(8192)

function authenticated(bound: readonly string[]): Buffer {
  const room = 1 + boundRoom(bound)
  const into = room <= scratch.length ? scratch : Buffer.allocUnsafeSlow(room)
  into[0] = VERSION
  return into.subarray(0, writeBound(into, 1, bound))
}

function keyOf(dataKey: Uint8Array | KeyObject): KeyObject {
  return dataKey instanceof KeyObject ? dataKey : createSecretKey(dataKey)
}

/**
 * Encrypts one value under its data key (32 bytes). `bound` is the identity of the row it will stand in: account,
 * region, resource ARN, version id, key ARN; it is authenticated and not stored. 29 bytes longer than the plaintext.
 */
export function sealValue(dataKey: Uint8Array | KeyObject, plaintext: Uint8Array, bound: readonly string[]): Buffer {
  const key = keyOf(dataKey)
  const aad = authenticated(bound)
  const iv = createHmac('sha256', key).update(IV_LABEL).update(aad).update(plaintext).digest().subarray(0, IV)
  const cipher = createCipheriv(CIPHER, key, iv, TAG_LENGTH)
  cipher.setAAD(aad)
  const out = Buffer.allocUnsafeSlow(HEAD + plaintext.length + TAG)
  out[0] = VERSION
  out.set(iv, 1)
  out.set(cipher.update(plaintext), HEAD)
  cipher.final()
  out.set(cipher.getAuthTag(), out.length - TAG)
  return out
}

/** Opens what `sealValue` made with the same key and identity. The caller zeroes the answer. Throws SealBroken. */
export function openValue(dataKey: Uint8Array | KeyObject, sealed: Uint8Array, bound: readonly string[]): Buffer {
  const end = sealed.length - TAG
  if (end < HEAD || sealed[0] !== VERSION) throw new SealBroken()
  let plaintext: Buffer | undefined
  try {
    const decipher = createDecipheriv(CIPHER, keyOf(dataKey), sealed.subarray(1, HEAD), TAG_LENGTH)
    decipher.setAAD(authenticated(bound))
    decipher.setAuthTag(sealed.subarray(end))
    plaintext = decipher.update(sealed.subarray(HEAD, end))
    decipher.final()
    return plaintext
  } catch {
    plaintext?.fill(0)
    throw new SealBroken()
  }
}
