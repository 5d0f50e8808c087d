import { hash } from 'node:crypto'

/**
 * A share as people keep it: text of upper-case letters and digits in groups, `SRS1-…`.
 *
 *     share = "SRS1" base32( version(1) | threshold(1) | index(1) | id of the set(8) | value(32) | checksum(4) )
 *
 * The checksum is for typing mistakes. Lower case, blanks, line ends and other groups are read as well.
 */
export interface Share {
  /** How many shares of the set open the store. */
  readonly threshold: number
  readonly index: number
  /** The id of the set, 16 hex digits. */
  readonly set: string
  readonly value: Uint8Array
}

/** Why a text is no share. Nothing of the text is in the message. */
export class NoShare extends Error {}

const MARK = 'SRS1'
const VERSION = 1
const HEAD = 11
const VALUE = 32
const CHECKSUM = 4
const SIZE = HEAD + VALUE + CHECKSUM
/** 47 bytes are 376 bits: 76 characters, the last of which has four bits that are 0. */
const CHARACTERS = Math.ceil((SIZE * 8) / 5)
const GROUP = 4
/** The longest text that is looked at. */
export const MOST_TEXT = 400

/** The share as text. */
export function shareText({ threshold, index, set, value }: Share): string {
  const bytes = Buffer.allocUnsafeSlow(SIZE)
  bytes.set([VERSION, threshold, index])
  bytes.write(set, 3, 'hex')
  bytes.set(value, HEAD)
  bytes.set(checksum(bytes), SIZE - CHECKSUM)
  let text = MARK
  for (let at = 0; at < CHARACTERS; at++) {
    if (at % GROUP === 0) text += '-'
    text += String.fromCharCode(letter(fiveBits(bytes, at * 5)))
  }
  bytes.fill(0)
  return text
}

/** Reads a share; the caller zeroes its value. Throws NoShare. */
export function readShare(text: string): Share {
  if (text.length > MOST_TEXT) throw new NoShare('it is longer than a share')
  const plain = text.replace(/[\s-]+/g, '').toUpperCase()
  if (!plain.startsWith(MARK)) throw new NoShare(`it does not begin with ${MARK}`)
  const letters = plain.slice(MARK.length)
  if (letters.length !== CHARACTERS)
    throw new NoShare(`it has ${letters.length} characters after ${MARK}, not ${CHARACTERS}`)
  const bytes = Buffer.allocUnsafeSlow(SIZE).fill(0)
  let wrong = 0
  for (let at = 0; at < CHARACTERS; at++) {
    const value = number(letters.charCodeAt(at))
    wrong |= value >> 5
    put(bytes, at * 5, value & 31)
    if (at === CHARACTERS - 1) wrong |= value & 15
  }
  try {
    const found = checksum(bytes)
    for (let at = 0; at < CHECKSUM; at++) wrong |= (bytes[SIZE - CHECKSUM + at] as number) ^ (found[at] as number)
    if (wrong !== 0) throw new NoShare('its checksum does not fit: there is a typing mistake in it')
    const [version, threshold, index] = bytes as unknown as [number, number, number]
    if (version !== VERSION) throw new NoShare('it is of a version of strongroom that this one does not know')
    if (threshold < 2 || index < 1) throw new NoShare('its numbers are none of a share')
    const value = Buffer.allocUnsafeSlow(VALUE)
    value.set(bytes.subarray(HEAD, HEAD + VALUE))
    return { threshold, index, set: bytes.toString('hex', 3, HEAD), value }
  } finally {
    bytes.fill(0)
  }
}

/** The checksum of a share's bytes: the first four of SHA-256 over those before it. */
const checksum = (bytes: Buffer): Buffer =>
  hash(
    'sha256',
    Buffer.concat([Buffer.from('strongroom/share/v1\0'), bytes.subarray(0, SIZE - CHECKSUM)]),
    'buffer',
  ).subarray(0, CHECKSUM)

/** RFC 4648's base32 letter of a value, `A`–`Z`, `2`–`7`, by arithmetic: no table is looked up by what is secret. */
const letter = (value: number): number => 65 + value + (((25 - value) >> 8) & (50 - 65 - 26))

/** The value of a letter; above 31 for what is none. */
function number(code: number): number {
  const isLetter = ((64 - code) & (code - 91)) >> 8
  const isDigit = ((49 - code) & (code - 56)) >> 8
  return (isLetter & (code - 65)) | (isDigit & (code - 24)) | (~(isLetter | isDigit) & 32)
}

/** The five bits of the bytes from bit `at` on; beyond their end there are zeros. */
function fiveBits(bytes: Uint8Array, at: number): number {
  const byte = at >> 3
  const pair = ((bytes[byte] as number) << 8) | (bytes[byte + 1] ?? 0)
  return (pair >> (11 - (at & 7))) & 31
}

function put(bytes: Uint8Array, at: number, value: number): void {
  const byte = at >> 3
  const pair = value << (11 - (at & 7))
  bytes[byte] = (bytes[byte] as number) | (pair >> 8)
  if (byte + 1 < bytes.length) bytes[byte + 1] = (bytes[byte + 1] as number) | (pair & 0xff)
}
