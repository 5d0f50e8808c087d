import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'

/** The algorithms that tokens may be signed with: never none, never one with a shared secret. Source: access.md 4.2, step 1. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** A public key of an issuer. */
export interface VerificationKey {
  readonly kid: string | undefined
  /** The algorithms that it may be used with. */
  readonly algorithms: readonly Algorithm[]
  readonly key: KeyObject
}

/** Keys of one issuer that are read; further ones are not looked at. */
const MOST_KEYS = 100
/** Keys that are tried for one token. */
const MOST_TRIED = 4
const RSA: readonly Algorithm[] = ['RS256', 'RS384', 'RS512']
const CURVES: ReadonlyMap<unknown, Algorithm> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
])
/** Bits of an RSA modulus; more would only cost time. */
const MODULUS = { least: 2048, most: 8192 }
/** Characters of the base64url of a member: the modulus of 8,192 bits, and an exponent of six bytes. */
const MOST_MEMBER = 1366
const MOST_EXPONENT = 8

/** The usable public keys of a JWKS; undefined when it is none. */
export function keysIn(jwks: unknown): readonly VerificationKey[] | undefined {
  const keys = memberOf(jwks, 'keys')
  if (!Array.isArray(keys)) return undefined
  return keys.slice(0, MOST_KEYS).flatMap((jwk) => keyOf(jwk) ?? [])
}

/** The keys that a token may be signed with; `kid`: as its header names it. */
export function candidates(
  keys: readonly VerificationKey[],
  kid: string | undefined,
  algorithm: Algorithm,
): readonly KeyObject[] {
  return keys
    .filter((one) => (kid === undefined || one.kid === kid) && one.algorithms.includes(algorithm))
    .slice(0, MOST_TRIED)
    .map(({ key }) => key)
}

function keyOf(jwk: unknown): VerificationKey | undefined {
  const use = memberOf(jwk, 'use')
  const operations = memberOf(jwk, 'key_ops')
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined
  const kid = memberOf(jwk, 'kid')
  if (kid !== undefined && typeof kid !== 'string') return undefined
  const alg = memberOf(jwk, 'alg')
  const kty = memberOf(jwk, 'kty')
  const found = kty === 'RSA' ? rsaKey(jwk) : kty === 'EC' ? curveKey(jwk) : undefined
  if (found === undefined) return undefined
  const algorithms = found.algorithms.filter((one) => alg === undefined || alg === one)
  return algorithms.length === 0 ? undefined : { kid, algorithms, key: found.key }
}

type Found = Pick<VerificationKey, 'algorithms' | 'key'> | undefined

function rsaKey(jwk: unknown): Found {
  const n = textIn(jwk, 'n', MOST_MEMBER)
  const e = textIn(jwk, 'e', MOST_EXPONENT)
  const key = n !== undefined && e !== undefined ? imported({ kty: 'RSA', n, e }) : undefined
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0
  return key === undefined || bits < MODULUS.least || bits > MODULUS.most ? undefined : { algorithms: RSA, key }
}

function curveKey(jwk: unknown): Found {
  const crv = memberOf(jwk, 'crv')
  const algorithm = CURVES.get(crv)
  const x = textIn(jwk, 'x', MOST_MEMBER)
  const y = textIn(jwk, 'y', MOST_MEMBER)
  if (algorithm === undefined || x === undefined || y === undefined) return undefined
  const key = imported({ kty: 'EC', crv: crv as string, x, y })
  return key && { algorithms: [algorithm], key }
}

/** Public members alone, whatever else there is. Undefined for what is no key: the others may be. */
function imported(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    return undefined
  }
}

function textIn(object: unknown, name: string, most: number): string | undefined {
  const value = memberOf(object, name)
  return typeof value === 'string' && value.length <= most && /^[A-Za-z0-9_-]+$/.test(value) ? value : undefined
}

/** An own member of a JSON object; undefined when there is none. */
export function memberOf(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name)) return undefined
  return (object as Readonly<Record<string, unknown>>)[name]
}
