import { createECDH, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { isHmac, SYMMETRIC, type Spec } from '../model/specs.ts'
import { element, numbers, octets } from './der.ts'
import { bitsOf, curveOf } from './generate.ts'
import { scalarOf } from './pair.ts'

/** Material that somebody imports: what it must be for a key of each spec. Source: kms.md 16.2, 16.3. */

/** Bytes, least and most. */
const SIZES: Readonly<Partial<Record<Spec, readonly [number, number]>>> = {
  SYMMETRIC_DEFAULT: [32, 32],
  HMAC_224: [28, 64],
  HMAC_256: [32, 64],
  HMAC_384: [48, 128],
  HMAC_512: [64, 128],
}

/** Assumed: the text. The code is the one that AWS lists for material that does not meet expectations. */
const unfit = (spec: Spec) =>
  new ApiError('IncorrectKeyMaterialException', `The key material is not valid for a KMS key of key spec ${spec}.`)

/**
 * The material as it is kept: bytes of a secret as they are, a private key in OpenSSL's own PKCS#8, so that one key is one
 * material however it was written. Throws IncorrectKeyMaterialException. The caller zeroes what it gave and what it gets.
 */
export function fitMaterial(spec: Spec, bytes: Buffer): Buffer {
  if (spec !== SYMMETRIC && !isHmac(spec)) return fitPrivateKey(spec, bytes)
  const [least, most] = SIZES[spec] ?? [0, 0]
  if (bytes.length < least || bytes.length > most) throw unfit(spec)
  return Buffer.from(bytes)
}

function fitPrivateKey(spec: Spec, bytes: Buffer): Buffer {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
  } catch {
    throw unfit(spec)
  }
  if (!isOfSpec(spec, key) || !isWhole(key)) throw unfit(spec)
  const curve = curveOf(spec)
  if (curve === undefined) return key.export({ format: 'der', type: 'pkcs8' })
  try {
    return onCurve(key, curve)
  } catch {
    // A number that is not below the curve's order, which OpenSSL reads and signs with; a curve that is spelt out.
    throw unfit(spec)
  }
}

const VERSION = { pkcs8: Buffer.of(0x02, 0x01, 0), sec1: Buffer.of(0x02, 0x01, 1) }

/**
 * A key on a curve as OpenSSL writes its own: with the public half, which others leave out. Source: RFC 5915, 3; RFC 5208, 5.
 */
function onCurve(key: KeyObject, curve: string): Buffer {
  const scalar = scalarOf(key)
  const own = createECDH(curve)
  own.setPrivateKey(scalar)
  // What stands before the private half is the public one's too: the names of algorithm and curve.
  const names = octets(createPublicKey(key).export({ format: 'der', type: 'spki' }), [0x30, 0x30])
  const point = element(0xa1, element(0x03, Buffer.of(0), own.getPublicKey()))
  const inner = element(0x30, VERSION.sec1, element(0x04, scalar), point)
  const pkcs8 = element(0x30, VERSION.pkcs8, element(0x30, names), element(0x04, inner))
  scalar.fill(0)
  inner.fill(0)
  return pkcs8
}

/** Exponents beyond make verifying as slow as signing, and nobody has them. */
const MOST_EXPONENT = 0xffff_ffffn

function isOfSpec(spec: Spec, { asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  const bits = bitsOf(spec)
  if (bits !== undefined)
    return type === 'rsa' && details?.modulusLength === bits && (details.publicExponent ?? 0n) <= MOST_EXPONENT
  const curve = curveOf(spec)
  if (curve !== undefined) return type === 'ec' && details?.namedCurve === curve
  return spec === 'ECC_NIST_EDWARDS25519' && type === 'ed25519'
}

const TRIAL = Buffer.from('strongroom/pairwise')

/**
 * Whether the halves belong together: PKCS#8 can carry a public half of its own, and primes that are another key's, which
 * OpenSSL does without when it must.
 */
function isWhole(key: KeyObject): boolean {
  if (key.asymmetricKeyType === 'rsa' && !isRsaWhole(key)) return false
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  try {
    return verify(hash, TRIAL, createPublicKey(key), sign(hash, TRIAL, key))
  } catch {
    return false
  }
}

/** Whether the numbers of an RSA key make one key. Source: RFC 8017, 3.2. */
function isRsaWhole(key: KeyObject): boolean {
  const der = key.export({ format: 'der', type: 'pkcs1' })
  const [version, n, e, d, p, q, dp, dq, qi, ...more] = numbers(der)
  der.fill(0)
  if (version !== 0n || n === undefined || e === undefined || d === undefined || more.length > 0) return false
  if (p === undefined || q === undefined || p < 3n || q < 3n || p * q !== n || p === q) return false
  const [pOrder, qOrder] = [p - 1n, q - 1n]
  if ((d * e) % pOrder !== 1n || (d * e) % qOrder !== 1n) return false
  return dp === d % pOrder && dq === d % qOrder && qi !== undefined && qi < p && (qi * q) % p === 1n
}
