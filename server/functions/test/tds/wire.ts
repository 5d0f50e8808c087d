/** Bytes of TDS 7.4 as a server reads and writes them. Source: MS-TDS 2.2. */

export const TYPE = {
  batch: 0x01,
  rpc: 0x03,
  result: 0x04,
  attention: 0x06,
  transaction: 0x0e,
  login: 0x10,
  prelogin: 0x12,
} as const

const HEADER = 8
const LAST = 0x01
const PACKET = 4096

export interface Message {
  readonly type: number
  readonly payload: Buffer
}

/** Puts packets together to messages, as bytes come in. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []

  push(chunk: Buffer): Message[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const complete: Message[] = []
    while (this.#rest.length >= HEADER) {
      const length = this.#rest.readUInt16BE(2)
      if (length < HEADER) throw new Error('a packet is shorter than its header')
      if (this.#rest.length < length) break
      const packet = this.#rest.subarray(0, length)
      this.#rest = this.#rest.subarray(length)
      this.#parts.push(packet.subarray(HEADER))
      if (((packet[1] as number) & LAST) === 0) continue
      complete.push({ type: packet[0] as number, payload: Buffer.concat(this.#parts) })
      this.#parts = []
    }
    return complete
  }
}

/** A message in packets. */
export function packets(type: number, payload: Buffer): Buffer {
  const out: Buffer[] = []
  const room = PACKET - HEADER
  for (let at = 0, id = 1; at === 0 || at < payload.length; at += room, id++) {
    const part = payload.subarray(at, at + room)
    const header = Buffer.alloc(HEADER)
    header[0] = type
    header[1] = at + room >= payload.length ? LAST : 0
    header.writeUInt16BE(HEADER + part.length, 2)
    header[6] = id % 256
    out.push(header, part)
  }
  return Buffer.concat(out)
}

export const ENCRYPT = { off: 0, on: 1, notSupported: 2, required: 3 } as const

/** What the client says of encryption in a PRELOGIN. */
export function encryptionOf(payload: Buffer): number {
  for (let at = 0; payload[at] !== 0xff; at += 5)
    if (payload[at] === 1) return payload[payload.readUInt16BE(at + 1)] as number
  throw new Error('a PRELOGIN without ENCRYPTION')
}

/** A PRELOGIN with VERSION and, unless it is undefined, ENCRYPTION. */
export function prelogin(encryption: number | undefined): Buffer {
  const options: [number, Buffer][] = [[0, Buffer.from([16, 0, 0x10, 0x21, 0, 0])]]
  if (encryption !== undefined) options.push([1, Buffer.from([encryption])])
  let offset = options.length * 5 + 1
  const heads = options.map(([token, value]) => {
    const head = Buffer.from([token, 0, 0, 0, value.length])
    head.writeUInt16BE(offset, 1)
    offset += value.length
    return head
  })
  return Buffer.concat([...heads, Buffer.from([0xff]), ...options.map(([, value]) => value)])
}

export interface Login {
  readonly user: string
  readonly password: string
  readonly database: string
}

/** LOGIN7; the password is hidden by swapped halves of bytes and an XOR. Source: MS-TDS 2.2.6.4. */
export function loginOf(payload: Buffer): Login {
  if (payload.readUInt32LE(0) !== payload.length) throw new Error('a LOGIN7 of another length than it says')
  const field = (at: number) => {
    const start = payload.readUInt16LE(at)
    return Buffer.from(payload.subarray(start, start + 2 * payload.readUInt16LE(at + 2)))
  }
  const hidden = field(44)
  for (const [at, byte] of hidden.entries()) {
    const swapped = byte ^ 0xa5
    hidden[at] = ((swapped << 4) | (swapped >> 4)) & 0xff
  }
  return {
    user: field(40).toString('utf16le'),
    password: hidden.toString('utf16le'),
    database: field(68).toString('utf16le'),
  }
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new Error('a request ends too early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u8 = () => this.take(1).readUInt8()
  u16 = () => this.take(2).readUInt16LE()
  u32 = () => this.take(4).readUInt32LE()
  text = (characters: number) => this.take(2 * characters).toString('utf16le')
  rest = () => this.take(this.#bytes.length - this.#at)

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  /** ALL_HEADERS: answers the transaction that the request belongs to. */
  transaction(): bigint {
    const all = new Reader(this.take(this.u32() - 4))
    for (; !all.done; ) {
      const header = new Reader(all.take(all.u32() - 4))
      if (header.u16() === 2) return header.take(8).readBigUInt64LE()
    }
    throw new Error('a request without a transaction descriptor')
  }

  /** A value of the type NVARCHAR. */
  nvarchar(): string | null {
    if (this.u8() !== 0xe7) throw new Error('a parameter is no NVARCHAR')
    const longest = this.u16()
    this.take(5)
    if (longest !== 0xffff) {
      const length = this.u16()
      return length === 0xffff ? null : this.take(length).toString('utf16le')
    }
    if (this.take(8).readBigUInt64LE() === 0xffff_ffff_ffff_ffffn) return null
    const chunks: Buffer[] = []
    for (let length = this.u32(); length !== 0; length = this.u32()) chunks.push(this.take(length))
    return Buffer.concat(chunks).toString('utf16le')
  }
}

/** A statement, and what its parameters stand for. */
export interface Request {
  readonly transaction: bigint
  readonly sql: string
  readonly values: ReadonlyMap<string, string | null>
}

export function batchOf(payload: Buffer): Request {
  const reader = new Reader(payload)
  return { transaction: reader.transaction(), sql: reader.rest().toString('utf16le'), values: new Map() }
}

const SP_EXECUTESQL = 10

/** A call of sp_executesql: what is declared must be what is given. */
export function rpcOf(payload: Buffer): Request {
  const reader = new Reader(payload)
  const transaction = reader.transaction()
  if (reader.u16() !== 0xffff || reader.u16() !== SP_EXECUTESQL) throw new Error('a procedure other than sp_executesql')
  reader.u16()
  const given: [string, string | null][] = []
  while (!reader.done) {
    const name = reader.text(reader.u8())
    reader.u8()
    given.push([name, reader.nvarchar()])
  }
  const [[, sql] = [], declared, ...values] = given
  if (typeof sql !== 'string') throw new Error('sp_executesql without a statement')
  const names = (declared?.[1] ?? '').split(',').filter((text) => text.trim() !== '')
  const read = names.map((text) => /^\s*(@\w+)\s+nvarchar\s*\((\d+|max)\)\s*$/i.exec(text)?.[1])
  if (read.join() !== values.map(([name]) => name).join()) throw new Error('parameters are not those that are declared')
  return { transaction, sql, values: new Map(values) }
}

/** What a transaction manager request asks for. */
export function transactionOf(payload: Buffer): {
  readonly transaction: bigint
  readonly what: 'begin' | 'commit' | 'rollback'
} {
  const reader = new Reader(payload)
  const transaction = reader.transaction()
  const what = ({ 5: 'begin', 7: 'commit', 8: 'rollback' } as const)[reader.u16() as 5 | 7 | 8]
  if (what === undefined) throw new Error('a request to the transaction manager that is not known')
  return { transaction, what }
}
