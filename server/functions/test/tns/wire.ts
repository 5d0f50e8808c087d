/**
 * Bytes of the two layers below SQL, as a server of Oracle's writes and reads them: packets of the transport (TNS), and the numbers
 * and texts of calls within them (TTC). Only what a client in thin mode of protocol version 315 and field version 7 (12.1) needs.
 * Source: how node-oracledb 26 reads and writes them.
 */

export const PACKET = { connect: 1, accept: 2, refuse: 4, redirect: 5, data: 6, resend: 11, marker: 12 } as const

/** Offset of the flags in a packet with data, and of what follows them. */
const FLAGS = 8
const PAYLOAD = 10
/** Data flag: nothing follows before the answer. */
export const LAST = 0x0800
/** Data flag: the client says goodbye. */
export const END_OF_FILE = 0x0040

export interface Packet {
  readonly type: number
  readonly body: Buffer
}

/** Cuts a stream into packets. Before the server has accepted, lengths have 16 bits, afterwards 32. */
export class Packets {
  long = false
  #rest: Buffer = Buffer.alloc(0)

  take(chunk: Buffer): Packet[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const found: Packet[] = []
    while (this.#rest.length >= 8) {
      const size = this.long ? this.#rest.readUInt32BE(0) : this.#rest.readUInt16BE(0)
      if (size < 8 || size > 1_000_000) throw new Error(`a packet of ${size} bytes`)
      if (this.#rest.length < size) break
      found.push({ type: this.#rest[4] as number, body: this.#rest.subarray(0, size) })
      this.#rest = this.#rest.subarray(size)
    }
    return found
  }
}

/** A packet of this type around `content`, which begins right behind the header. */
export function packet(type: number, content: Buffer, long: boolean): Buffer {
  const header = Buffer.alloc(8)
  if (long) header.writeUInt32BE(8 + content.length, 0)
  else header.writeUInt16BE(8 + content.length, 0)
  header[4] = type
  return Buffer.concat([header, content])
}

export const dataPacket = (payload: Buffer): Buffer =>
  packet(PACKET.data, Buffer.concat([Buffer.alloc(2), payload]), true)

export const flagsOf = ({ body }: Packet): number => body.readUInt16BE(FLAGS)
export const payloadOf = ({ body }: Packet): Buffer => body.subarray(PAYLOAD)

/** Length byte that announces chunks. */
const CHUNKS = 254
const LONGEST_PLAIN = 252

export class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.raw(1)[0] as number
  }

  /** The next byte, left where it is. */
  peek(): number | undefined {
    return this.#bytes[this.#at]
  }

  /** A number whose first byte is how many bytes it has. */
  number(): number {
    const size = this.u8()
    if (size > 6) throw new Error(`a number of ${size} bytes`)
    return size === 0 ? 0 : this.raw(size).readUIntBE(0, size)
  }

  raw(size: number): Buffer {
    if (size > this.left) throw new Error('the message ends too early')
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  bytes(): Buffer {
    const size = this.u8()
    if (size !== CHUNKS) return size === 255 ? Buffer.alloc(0) : this.raw(size)
    const chunks: Buffer[] = []
    for (let chunk = this.number(); chunk > 0; chunk = this.number()) chunks.push(this.raw(chunk))
    return Buffer.concat(chunks)
  }

  text(): string {
    return this.bytes().toString('utf8')
  }

  /** Key, value and flags. */
  pair(): readonly [string, string] {
    if (this.number() === 0) throw new Error('a pair without a key')
    const key = this.text()
    const value = this.number() === 0 ? '' : this.text()
    this.number()
    return [key, value]
  }
}

export class Writer {
  readonly #parts: Buffer[] = []

  u8(...values: number[]): this {
    this.#parts.push(Buffer.from(values))
    return this
  }

  raw(bytes: Buffer): this {
    this.#parts.push(bytes)
    return this
  }

  number(...values: number[]): this {
    for (const value of values) {
      if (value === 0) this.u8(0)
      else {
        const size = value <= 0xff ? 1 : value <= 0xffff ? 2 : 4
        const bytes = Buffer.alloc(size)
        bytes.writeUIntBE(value, 0, size)
        this.u8(size).raw(bytes)
      }
    }
    return this
  }

  bytes(value: Buffer): this {
    if (value.length <= LONGEST_PLAIN) return this.u8(value.length).raw(value)
    this.u8(CHUNKS)
    for (let at = 0; at < value.length; at += 4096) {
      const chunk = value.subarray(at, at + 4096)
      this.number(chunk.length).raw(chunk)
    }
    return this.number(0)
  }

  /** A text after its length, or a length of 0. */
  sized(text: string): this {
    const bytes = Buffer.from(text)
    this.number(bytes.length)
    return bytes.length === 0 ? this : this.bytes(bytes)
  }

  pair(key: string, value: string, flags = 0): this {
    return this.sized(key).sized(value).number(flags)
  }

  done(): Buffer {
    return Buffer.concat(this.#parts)
  }
}
