import { isUtf8 } from 'node:buffer'
import { ApiError } from '#kernel/error'

/**
 * CBOR, as much of it as Smithy's RPC v2 asks for. Source: RFC 8949; smithy.io, "Smithy RPC v2 CBOR". Bodies come from
 * strangers: depth and number of values are bounded, lengths are held against the bytes that are there before anything is
 * allocated, maps have no prototype.
 */

/** Bounds on hostile bodies. Assumed: no input of AWS's comes near them. */
const MOST_LEVELS = 32
const MOST_VALUES = 400_000

/** A point in time, whatever encoded it: CBOR's tag 1. */
export class Moment {
  readonly seconds: number
  constructor(seconds: number) {
    this.seconds = seconds
  }
}

/** A value of a body: maps are objects without prototype, times `Moment`s; whole numbers beyond 2^53 are refused. */
export type Cbor =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Moment
  | readonly Cbor[]
  | { readonly [key: string]: Cbor }

function refuse(why: string): never {
  throw new ApiError('SerializationException', why)
}

/** The one value that a body holds; throws SerializationException for anything else. */
export function readCbor(body: Uint8Array): Cbor {
  const reader = new Reader(body)
  const value = reader.value(0)
  if (!reader.ended()) refuse('Unexpected bytes behind the CBOR value')
  if (value === undefined) refuse('Unexpected CBOR break')
  return value
}

/** What `value` answers for the byte that ends a list of unknown length. */
type Break = undefined

/** Major types of texts and bytes. Source: RFC 8949, 3.1. */
export const STRING = 3
export const BYTES = 2

class Reader {
  readonly #bytes: Buffer
  #at = 0
  #values = 0

  constructor(body: Uint8Array) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  }

  ended(): boolean {
    return this.#at === this.#bytes.length
  }

  value(level: number): Cbor | Break {
    if (level > MOST_LEVELS) refuse('CBOR is nested too deeply')
    if (++this.#values > MOST_VALUES) refuse('CBOR holds too many values')
    const initial = this.#take(1)
    const head = this.#bytes[initial] as number
    const major = head >> 5
    const minor = head & 31
    switch (major) {
      case 0:
        return this.#argument(minor)
      case 1:
        return -1 - this.#argument(minor)
      case BYTES:
        return minor === 31 ? this.#chunks(BYTES) : this.#slice(this.#argument(minor))
      case STRING:
        return minor === 31 ? textOf(this.#chunks(STRING)) : textOf(this.#slice(this.#argument(minor)))
      case 4:
        return this.#list(minor, level)
      case 5:
        return this.#map(minor, level)
      case 6:
        return this.#tagged(this.#argument(minor), level)
      default:
        return this.#simple(minor)
    }
  }

  /** Moves on by `length` bytes, which must be there; answers where they begin. */
  #take(length: number): number {
    const from = this.#at
    if (length > this.#bytes.length - from) refuse('CBOR ends too early')
    this.#at = from + length
    return from
  }

  #argument(minor: number): number {
    if (minor < 24) return minor
    switch (minor) {
      case 24:
        return this.#bytes.readUInt8(this.#take(1))
      case 25:
        return this.#bytes.readUInt16BE(this.#take(2))
      case 26:
        return this.#bytes.readUInt32BE(this.#take(4))
      case 27: {
        const wide = this.#bytes.readBigUInt64BE(this.#take(8))
        if (wide > BigInt(Number.MAX_SAFE_INTEGER)) refuse('A CBOR number is too large')
        return Number(wide)
      }
      default:
        return refuse('Malformed CBOR')
    }
  }

  #slice(length: number): Buffer {
    const from = this.#take(length)
    return this.#bytes.subarray(from, from + length)
  }

  /** A string of unknown length: pieces of its own kind, each of known length. */
  #chunks(major: number): Buffer {
    const pieces: Buffer[] = []
    for (;;) {
      const head = this.#bytes[this.#take(1)] as number
      if (head === 0xff) return Buffer.concat(pieces)
      if (head >> 5 !== major || (head & 31) === 31) refuse('Malformed CBOR')
      if (++this.#values > MOST_VALUES) refuse('CBOR holds too many values')
      const piece = this.#slice(this.#argument(head & 31))
      if (major === STRING && !isUtf8(piece)) refuse('Invalid UTF-8 in CBOR')
      pieces.push(piece)
    }
  }

  #list(minor: number, level: number): Cbor[] {
    const list: Cbor[] = []
    const length = minor === 31 ? Number.POSITIVE_INFINITY : this.#counted(this.#argument(minor), 1)
    while (list.length < length) {
      const item = this.value(level + 1)
      if (item === undefined) {
        if (minor === 31) break
        refuse('Unexpected CBOR break')
      }
      list.push(item)
    }
    return list
  }

  #map(minor: number, level: number): { [key: string]: Cbor } {
    const map: { [key: string]: Cbor } = Object.create(null)
    const length = minor === 31 ? Number.POSITIVE_INFINITY : this.#counted(this.#argument(minor), 2)
    for (let count = 0; count < length; count++) {
      const key = this.value(level + 1)
      if (key === undefined && minor === 31) break
      if (typeof key !== 'string') refuse('A key of a CBOR map is not a text')
      const item = this.value(level + 1)
      if (item === undefined) refuse('Unexpected CBOR break')
      // Two values for one key: nobody could say which of them counts.
      if (key in map) refuse('A key of a CBOR map is there twice')
      map[key] = item
    }
    return map
  }

  /** So many items need at least as many bytes. */
  #counted(count: number, each: number): number {
    if (count * each > this.#bytes.length - this.#at) refuse('CBOR ends too early')
    return count
  }

  #tagged(tag: number, level: number): Cbor {
    const value = this.value(level + 1)
    if (value === undefined) refuse('Unexpected CBOR break')
    // RPC v2 has no other tag; what is in an unknown one is read as if it had none.
    if (tag !== 1) return value
    if (typeof value !== 'number' || !Number.isFinite(value)) refuse('A CBOR time is not a number')
    return new Moment(value)
  }

  #simple(minor: number): Cbor | Break {
    switch (minor) {
      case 20:
        return false
      case 21:
        return true
      case 22:
      case 23:
        return null
      case 25:
        return halfFloat(this.#bytes.readUInt16BE(this.#take(2)))
      case 26:
        return this.#bytes.readFloatBE(this.#take(4))
      case 27:
        return this.#bytes.readDoubleBE(this.#take(8))
      case 31:
        return undefined
      default:
        return refuse('Malformed CBOR')
    }
  }
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) refuse('Invalid UTF-8 in CBOR')
  return bytes.toString('utf8')
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
