import { SignatureRefusal } from './refusal.ts'

/** One parameter of a query string. */
export interface Parameter {
  /** Decoded bytes, one character for each (latin1). */
  readonly name: string
  readonly value: string
  /** In the canonical encoding. */
  readonly encodedName: string
  readonly encodedValue: string
}

/** For each byte its canonical form: RFC 3986 unreserved characters stand for themselves. */
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

/** RFC 3986 encoding of latin1 text, byte by byte. */
export function encodeBytes(text: string): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const encoded = ENCODED[text.charCodeAt(i)]
    // Cannot come from a wire, where characters are bytes; cutting it down to one would let two requests look alike.
    if (encoded === undefined) throw new SignatureRefusal('malformedQuery', 'Illegal character in the request target')
    out += encoded
  }
  return out
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** Decodes `%XX` and `+` once. Throws row 1. */
function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x2b) out += ' '
    else if (code !== 0x25) out += text[i]
    else {
      if (i + 2 >= text.length) throw new SignatureRefusal('malformedQuery', 'Incomplete trailing escape % sequence')
      const high = hexDigit(text.charCodeAt(i + 1))
      const low = hexDigit(text.charCodeAt(i + 2))
      if (high < 0 || low < 0) {
        const pattern = encodeURIComponent(text.slice(i + 1, i + 3).toWellFormed())
        throw new SignatureRefusal('malformedQuery', `Illegal hex character in escape % pattern: %${pattern}`)
      }
      out += String.fromCharCode(high * 16 + low)
      i += 2
    }
  }
  return out
}

/**
 * The parameters of a raw query string (without `?`), in arrival order. Each name and value is decoded once and encoded
 * again in the canonical way; a missing `=` means an empty value. Throws row 1 of access.md 1.2.
 */
export function parseQuery(query: string): Parameter[] {
  const parameters: Parameter[] = []
  for (const piece of query.split('&')) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    const name = decode(equals < 0 ? piece : piece.slice(0, equals))
    const value = equals < 0 ? '' : decode(piece.slice(equals + 1))
    parameters.push({ name, value, encodedName: encodeBytes(name), encodedValue: encodeBytes(value) })
  }
  return parameters
}

/** The value of the first parameter of this name: duplicates behind it do not count. Source: access.md 1.1. */
export function parameter(parameters: readonly Parameter[], name: string): string | undefined {
  return parameters.find((each) => each.name === name)?.value
}
