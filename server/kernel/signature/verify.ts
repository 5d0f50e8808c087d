import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Service } from '#kernel/service'
import { Secret } from '#kernel/values/bytes'
import {
  bodyHash,
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  plainPath,
  stringToSign,
} from './canonical.ts'
import type { Credential, FindCredential } from './credential.ts'
import { basicDate, parseDate, type SignedDate } from './date.ts'
import type { SigningKeys } from './keys.ts'
import type { Presented } from './parse.ts'
import {
  expiredToken,
  mismatch,
  missing,
  repeatedHeader,
  SignatureRefusal,
  shown,
  unannounced,
  unknownService,
  unrecognized,
} from './refusal.ts'
import type { RawRequest } from './request.ts'

export { type Presented, parseCredentials } from './parse.ts'
export { refusalFor, SignatureRefusal } from './refusal.ts'

/** What a signature is verified against. */
export interface Verification {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The service that is called; undefined when the request names none, which is refused as a wrong scope. */
  readonly service: Pick<Service, 'signingName' | 'clockWindowMinutes' | 'xml'> | undefined
  /** The regions that this deployment serves. */
  readonly regions: readonly string[]
  readonly keys: SigningKeys
  /** Names of headers, in lower case, that the operation acts on: those that came must be signed. */
  readonly acted?: readonly string[] | undefined
  /** See `FindCredential`. Asked once, after the scope was found right. */
  readonly find: FindCredential
}

/** Says that a body is not signed: S3 takes such requests. */
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'

/** Stands in for the secret of keys that nobody has: their requests cost the same. No request passes by it. */
const NOBODY = new Secret('0000000000000000000000000000000000000000')

/**
 * The credential whose holder signed the request, exactly as it came. Throws SignatureRefusal with rows 2 and 8 to 17 of
 * access.md 1.2, in that order. `presented` is what `parseCredentials` read from the same request. A promise only when
 * `find` answers one.
 */
export function verifySignature(
  presented: Presented | undefined,
  raw: RawRequest,
  verification: Verification,
): Promise<Credential> | Credential {
  const { now, service, regions, find, acted } = verification
  if (presented === undefined) throw missing()
  const signed = presented.signedHeaders.split(';')
  requireSigned(presented, raw, signed)
  if (acted !== undefined) requireActed(acted, raw, signed)
  const date = dateOf(presented)
  if (service === undefined) throw presented.scoped ? unknownService() : malformedCredential(presented)
  const clock = Math.floor(now / 1000)
  const windowSeconds = service.clockWindowMinutes * 60
  checkAge(date, clock, windowSeconds)
  if (date.seconds > clock + windowSeconds) throw notYetCurrent(date, clock, service.clockWindowMinutes)
  checkScope(presented, date, service.signingName, regions)
  const proven = (credential: Credential | undefined) => prove(credential, presented, raw, signed, date, verification)
  const found = find(presented.accessKeyId, presented.token)
  return found instanceof Promise ? found.then(proven) : proven(found)
}

/** Rows 14 to 17: the credential, when the request was signed with its secret. */
function prove(
  credential: Credential | undefined,
  presented: Presented,
  raw: RawRequest,
  signed: readonly string[],
  date: SignedDate,
  { now, service, keys }: Verification,
): Credential {
  if (credential?.unverified === true) return credential
  const { accessKeyId, scopeDate, scopeRegion, scopeService, lifetimeSeconds } = presented
  const scope = presented.credential.slice(accessKeyId.length + 1)
  // Nobody's keys are kept under the scope alone: made-up access key ids must not push the others out of the cache.
  const key = keys.keyFor(
    credential === undefined ? scope : presented.credential,
    credential === undefined ? NOBODY : credential.secret,
    scopeDate,
    scopeRegion,
    scopeService,
  )
  const matches = signatureMatches(presented, raw, signed, key, date.basic, scope, service?.xml === true)
  if (credential === undefined || !credential.active || !ownToken(credential, presented.token)) throw unrecognized()
  if (credential.sessionToken !== undefined && now >= credential.sessionToken.expiresAt) throw expiredToken()
  if (!matches) throw mismatch()
  if (lifetimeSeconds !== undefined && lifetimeSeconds < (service?.clockWindowMinutes ?? 0) * 60)
    checkAge(date, Math.floor(now / 1000), lifetimeSeconds)
  return credential
}

/** Row 8: the host and the `x-amz-*` headers that we act on must be signed; foreign ones that proxies add need not. */
function requireSigned(presented: Presented, { header }: RawRequest, signed: readonly string[]): void {
  if (header.host === undefined || !signed.includes('host')) throw unsigned("'Host' or ':authority'")
  if (header.amzTarget !== undefined && !signed.includes('x-amz-target')) throw unsigned("'x-amz-target'")
  if (presented.token !== undefined && presented.tokenFrom === 'header' && !signed.includes('x-amz-security-token')) {
    throw unsigned("'x-amz-security-token'")
  }
  if (presented.dateFrom === 'x-amz-date' && !signed.includes('x-amz-date')) throw unsigned("'x-amz-date'")
}

/** The same for headers that one operation acts on: once, and signed. */
function requireActed(acted: readonly string[], { header }: RawRequest, signed: readonly string[]): void {
  for (const name of acted) {
    const at = header.at(name, 0)
    if (at < 0) continue
    if (header.at(name, at + 1) >= 0) throw repeatedHeader(name)
    if (!signed.includes(name)) throw unsigned(`'${name}'`)
  }
}

function unsigned(name: string): SignatureRefusal {
  return new SignatureRefusal('invalid', `${name} must be a 'SignedHeader' in the AWS Authorization.`)
}

/** Row 9. */
function dateOf(presented: Presented): SignedDate {
  const date = parseDate(presented.date, presented.dateFrom === 'date')
  if (date !== undefined) return date
  throw new SignatureRefusal(
    'incomplete',
    `Date must be in ISO-8601 'basic format'. Got '${shown(presented.date)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  )
}

/** Rows 10 and 17. Assumed for lifetimes that are no whole minutes: the figure is in seconds. */
function checkAge(date: SignedDate, clock: number, limitSeconds: number): void {
  const earliest = clock - limitSeconds
  if (date.seconds >= earliest) return
  const limit = limitSeconds % 60 === 0 ? `${limitSeconds / 60} min.` : `${limitSeconds} sec.`
  throw new SignatureRefusal(
    'skewed',
    `Signature expired: ${date.basic} is now earlier than ${basicDate(earliest)} (${basicDate(clock)} - ${limit})`,
  )
}

/** Row 11. */
function notYetCurrent(date: SignedDate, clock: number, minutes: number): SignatureRefusal {
  const latest = basicDate(clock + minutes * 60)
  return new SignatureRefusal(
    'skewed',
    `Signature not yet current: ${date.basic} is still later than ${latest} (${basicDate(clock)} + ${minutes} min.)`,
  )
}

/** Rows 12 and 13: all that is wrong with the scope, in one text. */
function checkScope(presented: Presented, date: SignedDate, service: string, regions: readonly string[]): void {
  if (!presented.scoped) throw malformedCredential(presented)
  const day = date.basic.slice(0, 8)
  const { scopeRegion: region, scopeTerminator: terminator, scopeDate } = presented
  const known = regions.includes(region)
  if (known && presented.scopeService === service && terminator === 'aws4_request' && scopeDate === day) return
  const texts: string[] = []
  if (!known) texts.push(`Credential should be scoped to a valid region, not '${shown(region)}'.`)
  if (presented.scopeService !== service) texts.push(`Credential should be scoped to correct service: '${service}'.`)
  if (terminator !== 'aws4_request') {
    texts.push(`Credential should be scoped with a valid terminator: 'aws4_request', not '${shown(terminator)}'.`)
  }
  if (scopeDate !== day) {
    texts.push(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${shown(scopeDate)}' != '${day}', from '${date.basic}'.`,
    )
  }
  throw new SignatureRefusal('invalid', texts.join(' '))
}

/** Row 12. */
function malformedCredential({ credential }: Presented): SignatureRefusal {
  return new SignatureRefusal(
    'incomplete',
    'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, ' +
      `got '${shown(credential)}'`,
  )
}

/** Whether the token is the one of the credential; long-term keys have none and must bring none. */
function ownToken({ sessionToken }: Credential, token: string | undefined): boolean {
  if (sessionToken === undefined || token === undefined) return sessionToken === undefined && token === undefined
  return timingSafeEqual(hash('sha256', token, 'buffer'), sessionToken.digest)
}

/** Row 16, its answer kept until rows 14 and 15 had theirs. */
function signatureMatches(
  presented: Presented,
  { method, target, header, body }: RawRequest,
  signed: readonly string[],
  key: KeyObject,
  date: string,
  scope: string,
  asS3: boolean,
): boolean {
  const sorted = inOrder(signed) ? signed : signed.toSorted()
  const headers = distinct(sorted) ? canonicalHeaders(header, sorted) : undefined
  const bodySha256 = bodyHash(body)
  const claimed = header.contentSha256
  const mark = target.indexOf('?')
  const canonical = canonicalRequest({
    method,
    path: (asS3 ? plainPath : canonicalPath)(mark < 0 ? target : target.slice(0, mark)),
    query: presented.parameters.length === 0 ? '' : canonicalQuery(presented.parameters),
    headers: headers ?? { lines: '', ascii: true },
    signedHeaders: sorted === signed ? presented.signedHeaders : sorted.join(';'),
    bodyHash: asS3 ? (claimed ?? UNSIGNED_PAYLOAD) : bodySha256,
  })
  const text = stringToSign(date, scope, canonical, headers?.ascii ?? true)
  const equal = equalHex(presented.signature, createHmac('sha256', key).update(text).digest('hex'))
  // A header that was signed but did not arrive, or is listed twice, and a body other than the announced one
  // (also UNSIGNED-PAYLOAD and STREAMING-…, which these services do not have) never match.
  if (asS3 && claimed === undefined && presented.form === 'header') throw unannounced()
  const honest = claimed === undefined || claimed === bodySha256 || (asS3 && claimed === UNSIGNED_PAYLOAD)
  return equal && headers !== undefined && honest
}

function inOrder(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) if ((names[i - 1] as string) > (names[i] as string)) return false
  return true
}

/** Whether no name stands twice in a sorted list: each repetition would copy its value once more. */
function distinct(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) if (names[i - 1] === names[i]) return false
  return true
}

const HEX_LENGTH = 64
/** Written before each comparison, which is synchronous; UTF-8 may need three bytes for a character. */
const given = Buffer.alloc(HEX_LENGTH * 3)
const givenHex = given.subarray(0, HEX_LENGTH)
const expected = Buffer.alloc(HEX_LENGTH)

/** Compares a signature of the wire with the right one, lower-case hex, in constant time. */
function equalHex(signature: string, right: string): boolean {
  // UTF-8, not latin1: latin1 cuts characters down to a byte, and some of them to a hex digit.
  if (signature.length !== HEX_LENGTH || given.write(signature) !== HEX_LENGTH) return false
  expected.write(right, 'latin1')
  const equal = timingSafeEqual(givenHex, expected)
  expected.fill(0)
  return equal
}
