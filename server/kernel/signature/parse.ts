import { hash } from 'node:crypto'
import { ALGORITHM } from './canonical.ts'
import { type Parameter, parameter, parseQuery } from './query.ts'
import { repeatedHeader, SignatureRefusal, shown } from './refusal.ts'
import type { HeaderIndex, RawRequest } from './request.ts'

/** Who a request says it is from, and the proof it offers. Nothing of it is verified. */
export interface Presented {
  readonly form: 'header' | 'presigned'
  /** The credential as sent: `accessKeyId/date/region/service/aws4_request`. */
  readonly credential: string
  /** Whether the credential had five parts; else the next five members are empty. */
  readonly scoped: boolean
  readonly accessKeyId: string
  readonly scopeDate: string
  readonly scopeRegion: string
  /** Signing name of the service in the scope. */
  readonly scopeService: string
  readonly scopeTerminator: string
  /** The list as sent, `;` between names. */
  readonly signedHeaders: string
  readonly signature: string
  /** X-Amz-Date, else Date, as sent. */
  readonly date: string
  /** Where the date was found; the form allowed depends on it. */
  readonly dateFrom: 'x-amz-date' | 'date' | 'query'
  readonly token: string | undefined
  readonly tokenFrom: 'header' | 'query'
  /** X-Amz-Expires of the presigned form, seconds. */
  readonly lifetimeSeconds: number | undefined
  /** Parameters of the query string, for the canonical query. */
  readonly parameters: readonly Parameter[]
}

const NO_PARAMETERS: readonly Parameter[] = []

/**
 * Reads the credentials that a request presents, in its Authorization header or its query string; undefined without any
 * (`verifySignature` refuses that with row 2, operations that take unsigned calls go on). Throws SignatureRefusal for rows 1
 * and 3 to 7 of access.md 1.2. Linear in the size of the request.
 */
export function parseCredentials(raw: RawRequest): Presented | undefined {
  const { header, target } = raw
  const mark = target.indexOf('?')
  const parameters = mark < 0 ? NO_PARAMETERS : parseQuery(target.slice(mark + 1))
  const inHeader = header.authorization !== undefined
  const inQuery = parameters.length > 0 && parameters.some((each) => PRESIGNED.has(each.name))
  if (!inHeader && !inQuery) return undefined
  if (inHeader && inQuery) throw new SignatureRefusal('invalid', '')
  if (header.repeated !== undefined) throw repeatedHeader(header.repeated)
  return inHeader ? fromHeader(header.authorization, header, parameters) : fromQuery(header, parameters)
}

/** Any of these makes a request a presigned one. */
const PRESIGNED: ReadonlySet<string> = new Set(['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature'])

function fromHeader(authorization: string, header: HeaderIndex, parameters: readonly Parameter[]): Presented {
  if (authorization.trim() === '') throw incomplete("Authorization header cannot be empty: ''.")
  const blank = authorization.indexOf(' ')
  const algorithm = blank < 0 ? authorization : authorization.slice(0, blank)
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${shown(algorithm)}'.`)
  let credential: string | undefined
  let signedHeaders: string | undefined
  let signature: string | undefined
  const end = authorization.length
  let at = blank < 0 ? end : blank + 1
  let comma = -1
  let space = -1
  // Commas and blanks part the parameters. The next one of each is looked for again only when it was passed: linear.
  while (at < end) {
    const code = authorization.charCodeAt(at)
    if (code === 0x2c || code === 0x20 || code === 0x09) {
      at++
      continue
    }
    if (comma < at) comma = indexOrEnd(authorization, ',', at)
    if (space < at) space = indexOrEnd(authorization, ' ', at)
    const stop = Math.min(comma, space)
    const equals = authorization.indexOf('=', at)
    if (equals < 0 || equals >= stop) throw notKeyValue(authorization)
    // The last of duplicates wins. Source: access.md 1.1.
    if (equals - at === 10 && authorization.startsWith('Credential', at)) {
      credential = authorization.slice(equals + 1, stop)
    } else if (equals - at === 13 && authorization.startsWith('SignedHeaders', at)) {
      signedHeaders = authorization.slice(equals + 1, stop)
    } else if (equals - at === 9 && authorization.startsWith('Signature', at)) {
      signature = authorization.slice(equals + 1, stop)
    }
    at = stop + 1
  }
  const date = header.amzDate ?? header.date
  if (credential === undefined || signature === undefined || signedHeaders === undefined || date === undefined) {
    if (authorization.slice(ALGORITHM.length).trim() === '') {
      throw incomplete(`Authorization header cannot be empty: '${ALGORITHM}'.`)
    }
    const requires = "Authorization header requires '"
    const texts: string[] = []
    if (credential === undefined) texts.push(`${requires}Credential' parameter.`)
    if (signature === undefined) texts.push(`${requires}Signature' parameter.`)
    if (signedHeaders === undefined) texts.push(`${requires}SignedHeaders' parameter.`)
    if (date === undefined) {
      texts.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    }
    throw incomplete(`${texts.join(' ')} Authorization=${ALGORITHM}`)
  }
  return presented(
    'header',
    credential,
    signedHeaders,
    signature,
    date,
    header.amzDate !== undefined ? 'x-amz-date' : 'date',
    header.securityToken,
    'header',
    undefined,
    parameters,
  )
}

function fromQuery(header: HeaderIndex, parameters: readonly Parameter[]): Presented | undefined {
  // Another algorithm, or none, is no signature that we know. Source: access.md 1.2 row 4.
  if (parameter(parameters, 'X-Amz-Algorithm') !== ALGORITHM) return undefined
  const credential = parameter(parameters, 'X-Amz-Credential')
  const signature = parameter(parameters, 'X-Amz-Signature')
  const signedHeaders = parameter(parameters, 'X-Amz-SignedHeaders')
  const date = parameter(parameters, 'X-Amz-Date')
  if (credential === undefined || signature === undefined || signedHeaders === undefined || date === undefined) {
    const absent = Object.entries({
      'X-Amz-Credential': credential,
      'X-Amz-Signature': signature,
      'X-Amz-SignedHeaders': signedHeaders,
      'X-Amz-Date': date,
    }).filter(([, value]) => value === undefined)
    const texts = absent.map(([name]) => `AWS query-string parameters must include '${name}'.`)
    throw incomplete(`${texts.join(' ')} Re-examine the query-string parameters.`)
  }
  const token = parameter(parameters, 'X-Amz-Security-Token')
  if (token !== undefined && header.securityToken !== undefined) throw repeatedHeader('x-amz-security-token')
  const expires = parameter(parameters, 'X-Amz-Expires')
  return presented(
    'presigned',
    credential,
    signedHeaders,
    signature,
    date,
    'query',
    token ?? header.securityToken,
    token === undefined ? 'header' : 'query',
    expires === undefined ? undefined : lifetimeOf(expires),
    parameters,
  )
}

/** Positional, so that the hot path makes one object only. */
function presented(
  form: Presented['form'],
  credential: string,
  signedHeaders: string,
  signature: string,
  date: string,
  dateFrom: Presented['dateFrom'],
  token: string | undefined,
  tokenFrom: Presented['tokenFrom'],
  lifetimeSeconds: number | undefined,
  parameters: readonly Parameter[],
): Presented {
  const first = credential.indexOf('/')
  const second = credential.indexOf('/', first + 1)
  const third = credential.indexOf('/', second + 1)
  const fourth = credential.indexOf('/', third + 1)
  // A search that fails gives -1, so the next one starts over at the front and cannot come out greater in turn.
  const scoped =
    first >= 0 && second > first && third > second && fourth > third && credential.indexOf('/', fourth + 1) < 0
  return {
    form,
    credential,
    scoped,
    accessKeyId: scoped ? credential.slice(0, first) : '',
    scopeDate: scoped ? credential.slice(first + 1, second) : '',
    scopeRegion: scoped ? credential.slice(second + 1, third) : '',
    scopeService: scoped ? credential.slice(third + 1, fourth) : '',
    scopeTerminator: scoped ? credential.slice(fourth + 1) : '',
    signedHeaders,
    signature,
    date,
    dateFrom,
    token,
    tokenFrom,
    lifetimeSeconds,
    parameters,
  }
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from)
  return at < 0 ? text.length : at
}

/** X-Amz-Expires in seconds, 1 to a week. Assumed: AWS's text for these services is not known. */
function lifetimeOf(expires: string): number {
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0
  if (seconds < 1 || seconds > 604_800) {
    throw incomplete(
      "'X-Amz-Expires' must be a number of seconds from 1 to 604800. Re-examine the query-string parameters.",
    )
  }
  return seconds
}

function incomplete(text: string): SignatureRefusal {
  return new SignatureRefusal('incomplete', text)
}

/** Row 5 in AWS's newer words, which hash the header: it may hold a password that somebody sent to the wrong place. */
function notKeyValue(authorization: string): SignatureRefusal {
  const digest = hash('sha256', Buffer.from(authorization, 'latin1'), 'base64')
  return incomplete(
    'Invalid key=value pair (missing equal-sign) in Authorization header ' +
      `(hashed with SHA-256 and encoded with Base64): '${digest}'.`,
  )
}
