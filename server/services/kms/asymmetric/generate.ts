import { generateKeyPair } from 'node:crypto'
import type { MlDsaSpec, PairSpec } from '../model/specs.ts'
import { Turns } from './turns.ts'

/** Fresh key pairs. Primes take seconds to find: all of this is done by libuv's threads. */

export interface FreshPair {
  /** The private half, PKCS#8, DER. Whoever has it zeroes it. */
  readonly pkcs8: Buffer
  /** The public half, SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer
}

const ENCODING = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
} as const

const RSA_BITS = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 } as const
const CURVES = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
  ECC_SECG_P256K1: 'secp256k1',
} as const
const ML_DSA = { ML_DSA_44: 'ml-dsa-44', ML_DSA_65: 'ml-dsa-65', ML_DSA_87: 'ml-dsa-87' } as const

/** OpenSSL's name of a spec's curve. */
export const curveOf = (spec: string): string | undefined => CURVES[spec as keyof typeof CURVES]
/** Bits of a spec's modulus. */
export const bitsOf = (spec: string): number | undefined => RSA_BITS[spec as keyof typeof RSA_BITS]

/** At primes: libuv's four threads also sync the store, which must not wait for them. */
const turns = new Turns({ atOnce: 2, waiting: 256, ofOne: 16 })

/** Makes a pair. `who`: for whom, an ARN. Throws ThrottlingException when too many are wanted at a time. */
export function freshPair(spec: PairSpec, who: string): Promise<FreshPair> {
  // Only primes take their time.
  return bitsOf(spec) === undefined ? generate(spec) : turns.take(who, () => generate(spec))
}

function generate(spec: PairSpec): Promise<FreshPair> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, spki: Buffer, pkcs8: Buffer) => {
      if (error === null) resolve({ spki, pkcs8 })
      else reject(error)
    }
    const bits = bitsOf(spec)
    const curve = curveOf(spec)
    if (bits !== undefined) generateKeyPair('rsa', { modulusLength: bits, publicExponent: 0x10001, ...ENCODING }, done)
    else if (curve !== undefined)
      generateKeyPair('ec', { namedCurve: curve, paramEncoding: 'named', ...ENCODING }, done)
    else if (spec === 'ECC_NIST_EDWARDS25519') generateKeyPair('ed25519', ENCODING, done)
    else generateKeyPair(ML_DSA[spec as MlDsaSpec], ENCODING, done)
  })
}
