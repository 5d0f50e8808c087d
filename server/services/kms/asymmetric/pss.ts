import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '#kernel/random'

/**
 * The encodings of a digest that RSA signs: the runtime signs messages, which it hashes itself, and takes no digest.
 * Source: RFC 8017, 9.1 (EMSA-PSS, MGF1 with the same hash, the salt as long as the hash) and 9.2 (EMSA-PKCS1-v1_5).
 */

export type Hash = 'sha256' | 'sha384' | 'sha512'

/** DigestInfo up to the digest. Source: RFC 8017, 9.2, note 1. */
const DIGEST_INFO: Readonly<Record<Hash, Buffer>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
}

/** What EMSA-PKCS1-v1_5 pads. */
export function digestInfo(hash: Hash, digest: Uint8Array): Buffer {
  return Buffer.concat([DIGEST_INFO[hash], digest])
}

const EIGHT_ZEROS = Buffer.alloc(8)
const TRAILER = 0xbc

function maskedBy(hash: Hash, seed: Uint8Array, data: Uint8Array): Buffer {
  const out = Buffer.alloc(data.length)
  const counter = Buffer.alloc(4)
  for (let at = 0, block = 0; at < data.length; block++) {
    counter.writeUInt32BE(block)
    const mask = createHash(hash).update(seed).update(counter).digest()
    for (let i = 0; i < mask.length && at < data.length; i++, at++) out[at] = (data[at] as number) ^ (mask[i] as number)
  }
  return out
}

const hashOf = (hash: Hash, digest: Uint8Array, salt: Uint8Array): Buffer =>
  createHash(hash).update(EIGHT_ZEROS).update(digest).update(salt).digest()

/**
 * EMSA-PSS of a digest for a modulus of `bits` (a multiple of eight), with a salt as long as the digest. As long as the
 * modulus, its first bit zero.
 */
export function encodePss(hash: Hash, digest: Uint8Array, bits: number, random: Pick<Random, 'bytes'>): Buffer {
  const size = bits / 8
  const salt = random.bytes(digest.length)
  const h = hashOf(hash, digest, salt)
  const db = Buffer.alloc(size - h.length - 1)
  db[db.length - salt.length - 1] = 0x01
  db.set(salt, db.length - salt.length)
  const encoded = Buffer.concat([maskedBy(hash, h, db), h, Buffer.of(TRAILER)])
  encoded[0] = (encoded[0] as number) & 0x7f
  return encoded
}

/** Whether `encoded` (as long as the modulus) is an EMSA-PSS encoding of the digest with a salt of its length. */
export function isPssOf(hash: Hash, digest: Uint8Array, encoded: Uint8Array): boolean {
  const size = digest.length
  const dbSize = encoded.length - size - 1
  if (dbSize < size + 1 || encoded[encoded.length - 1] !== TRAILER || (encoded[0] as number) & 0x80) return false
  const h = encoded.subarray(dbSize, dbSize + size)
  const db = maskedBy(hash, h, encoded.subarray(0, dbSize))
  db[0] = (db[0] as number) & 0x7f
  const padding = dbSize - size - 1
  for (let i = 0; i < padding; i++) if (db[i] !== 0) return false
  if (db[padding] !== 0x01) return false
  return timingSafeEqual(hashOf(hash, digest, db.subarray(padding + 1)), h)
}
