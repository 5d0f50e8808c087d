import { hash } from 'node:crypto'
import { encodeBytes, type Parameter } from './query.ts'
import { controlCharacter } from './refusal.ts'
import type { HeaderIndex } from './request.ts'

/** Signature algorithm: the first line of the string to sign, the first word of the Authorization header. */
export const ALGORITHM = 'AWS4-HMAC-SHA256'

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Lower-case hex SHA-256 of a body as received. */
export function bodyHash(body: Buffer): string {
  return body.length === 0 ? EMPTY_SHA256 : hash('sha256', body, 'hex')
}

/**
 * The canonical path of a raw path: dot segments and doubled slashes taken out, each segment encoded once more.
 * `/a/./b//c%20d` becomes `/a/b/c%2520d`. Source: access.md 1.3.
 */
export function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/'
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') segments.pop()
    else segments.push(encodeBytes(segment))
  }
  const open = path.startsWith('/') ? '/' : ''
  const close = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return open + segments.join('/') + close
}

/**
 * The path of a request to S3: decoded once, encoded once, nothing taken out, since keys may have dots and doubled slashes.
 * Source: S3 API Reference, "Create a canonical request".
 */
export function plainPath(path: string): string {
  const decoded = path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decoded === '' ? '/' : decoded.split('/').map(encodeBytes).join('/')
}

/** The canonical query: sorted by encoded name, then encoded value; the signature itself is not part of it. */
export function canonicalQuery(parameters: readonly Parameter[]): string {
  return parameters
    .filter((each) => each.name !== 'X-Amz-Signature')
    .sort((a, b) => order(a.encodedName, b.encodedName) || order(a.encodedValue, b.encodedValue))
    .map((each) => `${each.encodedName}=${each.encodedValue}`)
    .join('&')
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Blanks at both ends taken off, inner runs of blanks and tabs made one blank; also inside quotes. */
function collapse(value: string): string {
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')
}

const PLAIN = 0
const BLANKS = 1
const HIGH = 2
const ILLEGAL = 4

/** What is special about a value, in one pass: bits of BLANKS (must be collapsed), HIGH (not ASCII), ILLEGAL. */
function inspectValue(value: string): number {
  let found = PLAIN
  let previous = 0x20
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code <= 0x20) {
      if (code !== 0x20 && code !== 0x09) return ILLEGAL
      if (code === 0x09 || previous === 0x20) found |= BLANKS
    } else if (code >= 0x7f) {
      if (code === 0x7f || code > 0xff) return ILLEGAL
      found |= HIGH
    }
    previous = code
  }
  return previous === 0x20 && value.length > 0 ? found | BLANKS : found
}

/** The HEADERS part and what is to be known of it. */
export interface CanonicalHeaders {
  /** `name:value\n` for each signed header. */
  readonly lines: string
  /** Whether each character is ASCII: then text and bytes are the same. */
  readonly ascii: boolean
}

/**
 * The HEADERS part for `names` (sorted); repeated headers are joined with `,` in arrival order. Undefined when one of them
 * is not in the request. Throws when a value has control characters, as folded lines do.
 */
export function canonicalHeaders(header: HeaderIndex, names: readonly string[]): CanonicalHeaders | undefined {
  let lines = ''
  let ascii = true
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string
    let at = header.at(name, 0)
    if (at < 0) return undefined
    lines += name
    for (let separator = ':'; at >= 0; separator = ',', at = header.at(name, at + 1)) {
      const value = header.value(at)
      const found = inspectValue(value)
      if (found === PLAIN) {
        lines += separator + value
        continue
      }
      if (found & ILLEGAL) throw controlCharacter(name)
      if (found & HIGH) ascii = false
      lines += separator + (found & BLANKS ? collapse(value) : value)
    }
    lines += '\n'
  }
  return { lines, ascii }
}

/** The parts of a canonical request, each already in its canonical form. */
export interface CanonicalParts {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: CanonicalHeaders
  /** Sorted names with `;` between. */
  readonly signedHeaders: string
  readonly bodyHash: string
}

/** The canonical request; latin1 text, so that each character stands for one byte. */
export function canonicalRequest(parts: CanonicalParts): string {
  const { method, path, query, headers, signedHeaders } = parts
  return `${method}\n${path}\n${query}\n${headers.lines}\n${signedHeaders}\n${parts.bodyHash}`
}

/**
 * What the signature is computed over.
 * @param date in the basic form, `20250102T030405Z`
 * @param scope `date/region/service/aws4_request`
 */
export function stringToSign(date: string, scope: string, canonical: string, ascii: boolean): string {
  // A string is hashed as UTF-8: for ASCII these are its bytes, and it spares a copy.
  const digest = hash('sha256', ascii ? canonical : Buffer.from(canonical, 'latin1'), 'hex')
  return `${ALGORITHM}\n${date}\n${scope}\n${digest}`
}
