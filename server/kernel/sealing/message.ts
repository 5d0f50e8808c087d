import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { SealBroken } from '#kernel/sealing/broken'
import type { Random } from '#kernel/random'

/**
 * Encryption of many messages under one long-lived key. Each message has a key of its own, so AES-GCM's bound of 2^32
 * messages for a key is out of reach, and a commitment, so that it opens under one key and one identity only (AES-GCM
 * alone does not promise that).
 *
 *     okm    = HMAC-SHA-512(key, u32be(1) | label | 0x00 | salt(32) | bound | u32be(512))
 *     sealed = salt | okm[32..64] (commitment) | AES-256-GCM(key okm[0..32], IV zero) | tag(16)
 *
 * One block of the counter mode KDF of SP 800-108: one call, at half the cost of HKDF. The identity (`bound`) goes into
 * the derivation and so into key and commitment both; as GCM's AAD it would be authenticated a third time. The IV is
 * constant because the key is used once. Source of the shape: kms.md 13.3.
 */

const SALT = 32
const COMMITMENT = 32
const TAG = 16
const HEAD = SALT + COMMITMENT
/** Bytes that a sealed message is longer than its plaintext. */
export const MESSAGE_OVERHEAD = HEAD + TAG

const ZERO_IV = Buffer.alloc(12)
const CIPHER = 'aes-256-gcm'
/** Always said: without it a decipher takes tags of four bytes too. */
const TAG_LENGTH = { authTagLength: TAG } as const

/** A purpose, made ready: messages of one purpose don't open as another's. */
export interface Purpose {
  /** The start of the KDF's input, with room for the rest. Written and read within one synchronous call. */
  readonly input: Buffer
  readonly saltAt: number
}

/** Makes a purpose ready. `label` is ASCII and never changes: it is part of what is stored. */
export function purpose(label: string): Purpose {
  const saltAt = 4 + label.length + 1
  const input = Buffer.alloc(2048)
  input.writeUInt32BE(1, 0)
  input.write(label, 4, 'latin1')
  return { input, saltAt }
}

function derive(key: KeyObject, { input, saltAt }: Purpose, salt: Uint8Array, bound: Uint8Array): Buffer {
  const boundAt = saltAt + SALT
  const end = boundAt + bound.length + 4
  let text = input
  if (end > input.length) {
    text = Buffer.allocUnsafeSlow(end)
    text.set(input.subarray(0, saltAt))
  }
  text.set(salt, saltAt)
  text.set(bound, boundAt)
  text.writeUInt32BE(512, end - 4)
  return createHmac('sha512', key).update(text.subarray(0, end)).digest()
}

/**
 * Encrypts one message; `bound` must be given again to open it and is not stored. The answer has `room` bytes in front, for the caller's
 * header.
 */
export function sealMessage(
  key: KeyObject,
  what: Purpose,
  bound: Uint8Array,
  plaintext: Uint8Array,
  random: Random,
  room = 0,
): Buffer {
  const out = Buffer.allocUnsafeSlow(room + MESSAGE_OVERHEAD + plaintext.length)
  const salt = random.bytes(SALT)
  const okm = derive(key, what, salt, bound)
  out.fill(0, 0, room)
  out.set(salt, room)
  out.set(okm.subarray(32), room + SALT)
  const cipher = createCipheriv(CIPHER, createSecretKey(okm.subarray(0, 32)), ZERO_IV, TAG_LENGTH)
  okm.fill(0)
  out.set(cipher.update(plaintext), room + HEAD)
  cipher.final()
  out.set(cipher.getAuthTag(), out.length - TAG)
  return out
}

/** Bytes of what `deriveKey` stores: salt and commitment. */
export const DERIVED_SIZE = HEAD

/**
 * A fresh 32-byte key that need not be stored: it is the key that a message of its own would have been encrypted with, so
 * the salt and the commitment are enough to have it again. Nothing is encrypted, so nothing has to be decrypted: a third of
 * the cost of opening a message. `out` has `room` bytes in front, for the caller's header; the caller zeroes `key`.
 */
export function deriveKey(
  key: KeyObject,
  what: Purpose,
  bound: Uint8Array,
  random: Random,
  room = 0,
): { readonly key: Buffer; readonly out: Buffer } {
  const out = Buffer.allocUnsafeSlow(room + DERIVED_SIZE)
  const salt = random.bytes(SALT)
  const okm = derive(key, what, salt, bound)
  out.fill(0, 0, room)
  out.set(salt, room)
  out.set(okm.subarray(32), room + SALT)
  okm.fill(0, 32)
  return { key: okm.subarray(0, 32), out }
}

/** The key that `deriveKey` gave, from byte `at` on. The caller zeroes it after use. Throws SealBroken. */
export function rederiveKey(key: KeyObject, what: Purpose, bound: Uint8Array, stored: Uint8Array, at = 0): Buffer {
  if (stored.length !== at + DERIVED_SIZE) throw new SealBroken()
  const okm = derive(key, what, stored.subarray(at, at + SALT), bound)
  if (!timingSafeEqual(okm.subarray(32), stored.subarray(at + SALT))) {
    okm.fill(0)
    throw new SealBroken()
  }
  okm.fill(0, 32)
  return okm.subarray(0, 32)
}

/** Opens what `sealMessage` made, from byte `at` on. The caller zeroes the answer after use. Throws SealBroken. */
export function openMessage(key: KeyObject, what: Purpose, bound: Uint8Array, sealed: Uint8Array, at = 0): Buffer {
  const end = sealed.length - TAG
  if (end < at + HEAD) throw new SealBroken()
  const okm = derive(key, what, sealed.subarray(at, at + SALT), bound)
  if (!timingSafeEqual(okm.subarray(32), sealed.subarray(at + SALT, at + HEAD))) {
    okm.fill(0)
    throw new SealBroken()
  }
  const decipher = createDecipheriv(CIPHER, createSecretKey(okm.subarray(0, 32)), ZERO_IV, TAG_LENGTH)
  okm.fill(0)
  decipher.setAuthTag(sealed.subarray(end))
  const plaintext = decipher.update(sealed.subarray(at + HEAD, end))
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new SealBroken()
  }
  return plaintext
}
