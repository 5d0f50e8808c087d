import type { KeyObject } from 'node:crypto'
import { type Json, JsonFault, readJson } from '#kernel/authorization/json'
import type { ApiError } from '#kernel/error'
import { invalidToken, notJwt, tokenExpired } from '../model/refusals.ts'
import { ALGORITHMS, type Algorithm } from './jwks.ts'

type Members = ReadonlyMap<string, Json>

/** A token that was taken apart; nothing in it is believed yet. */
export interface Token {
  readonly text: string
  readonly algorithm: Algorithm
  readonly kid: string | undefined
  readonly issuer: string
  readonly claims: Members
}

const MOST_TOKEN = 20_000
/** Of a provider's URL 255, with its scheme. */
const MOST_ISSUER = 263
const MOST_KID = 1024
/** How far clocks may be apart. A token that has expired has expired. */
const LEEWAY_SECONDS = 300

/**
 * Takes an ID token apart. Of its header only algorithm and key id are used: keys and addresses of keys that it brings along
 * (`jwk`, `jku`, `x5c`, `x5u`) are not looked at. Throws InvalidIdentityToken. Source: access.md 4.2, step 1.
 */
export function parseToken(text: string): Token {
  const parts = text.length > MOST_TOKEN ? [] : text.split('.', 4)
  if (parts.length !== 3) throw notJwt()
  const [header, claims] = parts.slice(0, 2).map(membersOf) as [Members, Members]
  if (!/^[A-Za-z0-9_-]+$/.test(parts[2] as string)) throw notJwt()
  const algorithm = ALGORITHMS.find((one) => one === header.get('alg'))
  const kid = header.get('kid')
  const type = header.get('typ')
  const issuer = claims.get('iss')
  if (algorithm === undefined || header.has('crit') || header.has('b64')) throw notJwt()
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MOST_KID)) throw notJwt()
  // RFC 9068: an access token says so.
  if (typeof type === 'string' && /^(?:application\/)?at\+jwt$/i.test(type)) throw notJwt()
  if (typeof issuer !== 'string' || issuer.length > MOST_ISSUER) throw notJwt()
  return { text, algorithm, kid, issuer, claims }
}

/** A part of a token as a JSON object: read strictly, so that nobody reads it otherwise. */
function membersOf(part: string): Members {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) throw notJwt()
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'))
    const value = readJson(text)
    if (value instanceof Map) return value as Members
  } catch (error) {
    if (!(error instanceof JsonFault || error instanceof TypeError)) throw error
  }
  throw notJwt()
}

/** Whether one of the keys signed the token. */
export async function isSigned({ text, algorithm }: Token, keys: readonly KeyObject[]): Promise<boolean> {
  // Loaded when it is wanted: most deployments have no identity provider.
  const { compactVerify, errors } = await import('jose')
  for (const key of keys) {
    try {
      await compactVerify(text, key, { algorithms: [algorithm] })
      return true
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue
      if (error instanceof errors.JOSEError) return false
      throw error
    }
  }
  return false
}

/**
 * Whether the token is one of this time. `now` in milliseconds. Throws ExpiredTokenException and InvalidIdentityToken; but for
 * the text of an expired token the texts are assumed. Source: access.md 4.2, step 5.
 */
export function checkTimes({ claims }: Token, now: number): void {
  const seconds = Math.floor(now / 1000)
  const expires = numberIn(claims, 'exp')
  const issued = numberIn(claims, 'iat')
  if (seconds >= expires) throw tokenExpired(seconds, Math.floor(expires))
  const begins = claims.has('nbf') ? numberIn(claims, 'nbf') : issued
  if (issued > seconds + LEEWAY_SECONDS || begins > seconds + LEEWAY_SECONDS) {
    throw invalidToken('The ID Token provided is not valid yet')
  }
}

function numberIn(claims: Members, name: string): number {
  const value = claims.get(name)
  if (typeof value !== 'number' || !Number.isFinite(value)) throw missingClaim(name)
  return value
}

/** A claim that must be there, as text. */
export function textIn(claims: Members, name: string): string {
  const value = claims.get(name)
  if (typeof value !== 'string' || value === '') throw missingClaim(name)
  return value
}

/** Assumed wording. */
function missingClaim(name: string): ApiError {
  return invalidToken(`Missing a required claim: ${name}`)
}
