import { constants, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { systemRandom } from '#kernel/random'
import type { CurveSpec, MlDsaSpec, PairSpec } from '../model/specs.ts'
import { octets } from './der.ts'
import { scalarOf } from './pair.ts'
import { digestInfo, encodePss, type Hash, isPssOf } from './pss.ts'

/**
 * Signatures over what the caller has hashed. The runtime's `sign` and `verify` hash what they are given, once more when it
 * is a digest (kms.md 17, 24), so: RSA by its bare operation, elliptic curves and ML-DSA by a library. All of it takes
 * milliseconds and none of it can be had from libuv's threads; it runs on a thread of its own, see `thread.ts`.
 */

/** What is to be signed, or was. */
export interface Work {
  readonly spec: PairSpec
  readonly algorithm: string
  /** The digest; of ML-DSA the 64 bytes that FIPS 204 calls mu. */
  readonly digest: Uint8Array
}

const CURVES = { ECC_NIST_P256: p256, ECC_NIST_P384: p384, ECC_NIST_P521: p521, ECC_SECG_P256K1: secp256k1 }
const ML_DSA = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 }

/** Any s is good: KMS makes no difference (kms.md 16.1). */
const ECDSA = { prehash: false, lowS: false, format: 'der' } as const

const hashOf = (algorithm: string): Hash => `sha${algorithm.slice(-3)}` as Hash
const isPss = (algorithm: string): boolean => algorithm.includes('_PSS_')

export function signDigest({ spec, algorithm, digest }: Work, key: KeyObject): Uint8Array {
  if (spec.startsWith('RSA_')) return signRsa(algorithm, digest, key)
  if (spec === 'ECC_NIST_EDWARDS25519') return withBytes(seedOf(key), (seed) => ed25519ph.sign(digest, seed))
  if (spec.startsWith('ML_DSA_')) {
    const scheme = ML_DSA[spec as MlDsaSpec]
    return withBytes(mlDsaSeed(key), (seed) =>
      withBytes(scheme.keygen(seed).secretKey, (secret) =>
        scheme.internal.sign(digest, secret, { externalMu: true, extraEntropy: systemRandom.bytes(32) }),
      ),
    )
  }
  const curve = CURVES[spec as CurveSpec]
  return withBytes(scalarOf(key), (scalar) =>
    curve.sign(digest, scalar, { ...ECDSA, extraEntropy: systemRandom.bytes(32) }),
  )
}

/** Whether this is a signature over the digest. Whatever its bytes, the answer is yes or no. */
export function verifyDigest({ spec, algorithm, digest }: Work, key: KeyObject, signature: Uint8Array): boolean {
  try {
    if (spec.startsWith('RSA_')) return verifyRsa(algorithm, digest, key, signature)
    const point = pointOf(key)
    // The strict form of RFC 8032: points have one encoding.
    if (spec === 'ECC_NIST_EDWARDS25519') return ed25519ph.verify(signature, digest, point, { zip215: false })
    if (spec.startsWith('ML_DSA_'))
      return ML_DSA[spec as MlDsaSpec].internal.verify(signature, digest, point, { externalMu: true })
    return CURVES[spec as CurveSpec].verify(signature, digest, point, ECDSA)
  } catch {
    // Bytes that are no signature at all.
    return false
  }
}

function signRsa(algorithm: string, digest: Uint8Array, key: KeyObject): Buffer {
  const hash = hashOf(algorithm)
  if (!isPss(algorithm)) return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(hash, digest))
  const bits = key.asymmetricKeyDetails?.modulusLength as number
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encodePss(hash, digest, bits, systemRandom))
}

function verifyRsa(algorithm: string, digest: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const hash = hashOf(algorithm)
  const bits = key.asymmetricKeyDetails?.modulusLength as number
  if (signature.length !== bits / 8) return false
  if (isPss(algorithm))
    return isPssOf(hash, digest, publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature))
  return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(digestInfo(hash, digest))
}

function withBytes<T>(secret: Uint8Array, work: (secret: Uint8Array) => T): T {
  try {
    return work(secret)
  } finally {
    secret.fill(0)
  }
}

/** Of Ed25519 the private half is 32 bytes at the end. Source: RFC 8410, 7. */
function seedOf(key: KeyObject): Uint8Array {
  return withBytes(key.export({ type: 'pkcs8', format: 'der' }), (der) => Uint8Array.from(der.subarray(-32)))
}

/** The 32 bytes that an ML-DSA key is made from. Source: RFC 9881, 6 (both: a sequence of seed and expanded key). */
function mlDsaSeed(key: KeyObject): Uint8Array {
  return withBytes(key.export({ type: 'pkcs8', format: 'der' }), (der) => octets(der, [0x30, 0x04, 0x30, 0x04]))
}

/** The bytes of a public key: what stands in the bit string at the end. Source: RFC 5280, 4.1 (SubjectPublicKeyInfo). */
function pointOf(key: KeyObject): Uint8Array {
  // The first byte of a bit string says how many bits at its end don't count: none.
  return octets(key.export({ type: 'spki', format: 'der' }), [0x30, 0x03]).subarray(1)
}
