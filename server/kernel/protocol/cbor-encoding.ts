import { BYTES, STRING } from '#kernel/protocol/cbor'

/** Names of members whose numbers are doubles: they go out as such, also when they are whole. */
export type Doubles = ReadonlySet<string>

/** An answer as CBOR: dates as tag 1, absent members left out. */
export function encodeCbor(value: unknown, doubles: Doubles = new Set()): Buffer {
  const writer = new Writer(doubles)
  writer.put(value, false)
  return writer.done()
}

class Writer {
  readonly #doubles: Doubles
  #bytes = Buffer.allocUnsafe(1024)
  #at = 0

  constructor(doubles: Doubles) {
    this.#doubles = doubles
  }

  done(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  put(value: unknown, double: boolean): void {
    if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'number') this.#number(value, double)
    else if (typeof value === 'boolean') this.#byte(value ? 0xf5 : 0xf4)
    else if (value === null) this.#byte(0xf6)
    else if (value instanceof Date) {
      this.#byte(0xc1)
      this.#number(value.getTime() / 1000, false)
    } else if (value instanceof Uint8Array) {
      this.#head(BYTES, value.length)
      this.#raw(value)
    } else if (Array.isArray(value)) {
      this.#head(4, value.length)
      for (const item of value) this.put(item, double)
    } else if (typeof value === 'object') this.#map(value, double)
    else throw new TypeError(`an answer holds a ${typeof value}`)
  }

  #map(value: object, double: boolean): void {
    const all: [string, unknown][] = value instanceof Map ? [...value] : Object.entries(value)
    const members = all.filter(([, member]) => member !== undefined)
    this.#head(5, members.length)
    for (const [name, member] of members) {
      this.#text(name)
      this.put(member, double || this.#doubles.has(name))
    }
  }

  #text(text: string): void {
    const bytes = Buffer.from(text, 'utf8')
    this.#head(STRING, bytes.length)
    this.#raw(bytes)
  }

  #number(value: number, double: boolean): void {
    if (!double && Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.#head(0, value)
      else this.#head(1, -1 - value)
      return
    }
    const at = this.#room(9)
    this.#bytes[at] = 0xfb
    this.#bytes.writeDoubleBE(value, at + 1)
  }

  #head(major: number, argument: number): void {
    const high = major << 5
    if (argument < 24) this.#byte(high | argument)
    else if (argument < 0x100) {
      const at = this.#room(2)
      this.#bytes[at] = high | 24
      this.#bytes[at + 1] = argument
    } else if (argument < 0x10000) {
      const at = this.#room(3)
      this.#bytes[at] = high | 25
      this.#bytes.writeUInt16BE(argument, at + 1)
    } else if (argument < 0x100000000) {
      const at = this.#room(5)
      this.#bytes[at] = high | 26
      this.#bytes.writeUInt32BE(argument, at + 1)
    } else {
      const at = this.#room(9)
      this.#bytes[at] = high | 27
      this.#bytes.writeBigUInt64BE(BigInt(argument), at + 1)
    }
  }

  #byte(byte: number): void {
    this.#bytes[this.#room(1)] = byte
  }

  #raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#room(bytes.length))
  }

  #room(length: number): number {
    const at = this.#at
    const end = at + length
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, at)
      this.#bytes = larger
    }
    this.#at = end
    return at
  }
}
