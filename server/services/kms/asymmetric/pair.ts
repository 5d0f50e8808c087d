import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { PairSpec } from '../model/specs.ts'
import { octets } from './der.ts'

/** A key with two halves, ready for use. The private one's bytes stay in OpenSSL's memory. */
export interface KeyPair {
  readonly spec: PairSpec
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The public half as it is given out: SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer
}

/** Opens a private key that is kept as PKCS#8, DER. The caller zeroes the bytes. */
export function openPair(spec: PairSpec, pkcs8: Buffer): KeyPair {
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  return { spec, privateKey, publicKey, spki: publicKey.export({ format: 'der', type: 'spki' }) }
}

/**
 * The private number of a key on a curve, for the caller to zero. Source: RFC 5915, 3 (ECPrivateKey: version, then the
 * number, as long as the order).
 */
export function scalarOf(key: KeyObject): Uint8Array {
  const der = key.export({ type: 'sec1', format: 'der' })
  const scalar = octets(der, [0x30, 0x04])
  der.fill(0)
  return scalar
}
