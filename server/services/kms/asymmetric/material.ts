import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { isHmac, SYMMETRIC, type Spec } from '../model/specs.ts'
import { bitsOf, curveOf } from './generate.ts'

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
  return key.export({ format: 'der', type: 'pkcs8' })
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

/** Whether the halves belong together: PKCS#8 can carry a public half of its own, and primes that are none. */
function isWhole(key: KeyObject): boolean {
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  try {
    return verify(hash, TRIAL, createPublicKey(key), sign(hash, TRIAL, key))
  } catch {
    return false
  }
}
