import { badPattern } from '../refusals.ts'
import { ESCAPED, type Holds, not, property } from './characters.ts'
import type { Cursor } from './cursor.ts'

/** What follows a backslash and stands for characters, within classes and without. */

const CONTROL: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 }
const LETTER = /^[A-Za-z]$/
const OCTAL = /^[0-7]$/
const HEX = /^[0-9a-fA-F]$/

/** The class that the escape `c` begins, `\d` or `\p{Lu}`; undefined: it stands for one character. */
export function escapedClass(cursor: Cursor, c: string): Holds | undefined {
  if (Object.hasOwn(ESCAPED, c)) return ESCAPED[c]
  const small = c.toLowerCase()
  if (c !== small && Object.hasOwn(ESCAPED, small)) return not(ESCAPED[small] as Holds)
  if (small !== 'p') return undefined
  const holds = property(cursor.accept('{') ? cursor.until('}') : cursor.take())
  if (holds === undefined) throw badPattern()
  return c === 'p' ? holds : not(holds)
}

/** The character that the escape `c` begins. Letters that mean nothing are refused, as Java refuses them. */
export function escapedCharacter(cursor: Cursor, c: string): number {
  if (Object.hasOwn(CONTROL, c)) return CONTROL[c] as number
  switch (c) {
    case '0':
      return octal(cursor)
    case 'c':
      return (cursor.take().codePointAt(0) as number) ^ 64
    case 'u':
      return utf16(cursor)
    case 'x':
      return cursor.accept('{') ? codePoint(cursor.until('}')) : hex(cursor, 2)
  }
  if (LETTER.test(c)) throw badPattern()
  return c.codePointAt(0) as number
}

/** Up to `377`. */
function octal(cursor: Cursor): number {
  const first = cursor.digits(OCTAL, 1)
  const digits = first + cursor.digits(OCTAL, /[0-3]/.test(first) ? 2 : 1)
  if (first === '') throw badPattern()
  return Number.parseInt(digits, 8)
}

function hex(cursor: Cursor, length: number): number {
  const digits = cursor.digits(HEX, length)
  if (digits.length !== length) throw badPattern()
  return Number.parseInt(digits, 16)
}

function codePoint(digits: string): number {
  const character = /^[0-9a-fA-F]{1,8}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN
  if (!(character <= 0x10ffff)) throw badPattern()
  return character
}

/** Two halves of one character may be written one after the other. */
function utf16(cursor: Cursor): number {
  const high = hex(cursor, 4)
  if (high < 0xd800 || high > 0xdbff) return high
  const low = cursor.attempt(() => {
    const next = cursor.accept('\\u') ? hex(cursor, 4) : 0
    return next >= 0xdc00 && next <= 0xdfff ? next : undefined
  })
  return low === undefined ? high : (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000
}

/** `\Q…\E` written out: every character that could mean something stands for itself. */
export function unquoted(text: string): string {
  if (!text.includes('\\Q')) return text
  let out = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\') out += text[at]
    else if (text[at + 1] !== 'Q') out += text.slice(at, ++at + 1)
    else {
      const end = text.indexOf('\\E', at + 2)
      out += text.slice(at + 2, end < 0 ? undefined : end).replace(/[^A-Za-z0-9\u0080-\uffff]/g, '\\$&')
      if (end < 0) return out
      at = end + 1
    }
  }
  return out
}
