/** Tokens of an answer. Source: MS-TDS 2.2.7. */

export type Value = string | number | boolean | null

const u8 = (value: number) => Buffer.from([value])
const u16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const text = (value: string) => Buffer.from(value, 'utf16le')
const short = (value: string) => Buffer.concat([u8(value.length), text(value)])
const long = (value: string) => Buffer.concat([u16(value.length), text(value)])
const token = (kind: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([u8(kind), u16(body.length), body])
}

/** SQL_Latin1_General_CP1_CI_AS */
const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34])

export function errorToken(number: number, severity: number, message: string): Buffer {
  return token(0xaa, u32(number), u8(1), u8(severity), long(message), short('DOUBLE'), short(''), u32(1))
}

/** What a session learns when it is let in. */
export function welcome(database: string): Buffer {
  return Buffer.concat([
    token(0xe3, u8(1), short(database), short('master')),
    token(0xe3, u8(7), u8(COLLATION.length), COLLATION, u8(0)),
    token(0xad, u8(1), Buffer.from([0x74, 0, 0, 4]), short('Microsoft SQL Server'), Buffer.from([16, 0, 0x10, 0x21])),
    Buffer.from([0xae, 0x0a, 1, 0, 0, 0, 1, 0xff]),
    done(),
  ])
}

export const databaseChanged = (to: string, from: string) => token(0xe3, u8(1), short(to), short(from))

/** Sends the client to another server; it comes with the welcome. */
export function sentAway(host: string, port: number): Buffer {
  const route = Buffer.concat([u8(0), u16(port), long(host)])
  return token(0xe3, u8(20), u16(route.length), route, u16(0))
}

const descriptor = (id: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(id)
  return Buffer.concat([u8(8), bytes])
}

export function transactionChanged(what: 'begin' | 'commit' | 'rollback', id: bigint): Buffer {
  if (what === 'begin') return token(0xe3, u8(8), descriptor(id), u8(0))
  return token(0xe3, u8(what === 'commit' ? 9 : 10), u8(0), descriptor(id))
}

const status = { plain: 0x00, more: 0x01, error: 0x02, attention: 0x20 }

function ending(kind: number, bits: number): Buffer {
  return Buffer.concat([u8(kind), u16(bits), u16(0), Buffer.alloc(8)])
}

export const done = (how: keyof typeof status = 'plain') => ending(0xfd, status[how])

/** The end of a procedure: its value and its DONE. */
export const procedureDone = (how: keyof typeof status = 'plain') =>
  Buffer.concat([ending(0xff, status[how] | status.more), Buffer.from([0x79, 0, 0, 0, 0]), ending(0xfe, status[how])])

/** COLMETADATA and ROWs. The type of a column is that of its first value. */
export function table(columns: readonly string[], rows: readonly (readonly Value[])[]): Buffer {
  const kinds = columns.map((_, at) => typeof (rows.map((row) => row[at]).find((value) => value !== null) ?? ''))
  const heads = columns.map((name, at) => {
    const type =
      kinds[at] === 'number'
        ? Buffer.from([0x26, 4])
        : kinds[at] === 'boolean'
          ? Buffer.from([0x68, 1])
          : Buffer.concat([u8(0xe7), u16(8000), COLLATION])
    return Buffer.concat([u32(0), u16(1), type, short(name)])
  })
  const cell = (value: Value, at: number): Buffer => {
    if (kinds[at] === 'string') {
      if (value === null) return u16(0xffff)
      return Buffer.concat([u16(2 * String(value).length), text(String(value))])
    }
    if (value === null) return u8(0)
    return typeof value === 'number' ? Buffer.concat([u8(4), u32(value)]) : Buffer.from([1, Number(value)])
  }
  return Buffer.concat([
    u8(0x81),
    u16(columns.length),
    ...heads,
    ...rows.map((row) => Buffer.concat([u8(0xd1), ...row.map(cell)])),
  ])
}
