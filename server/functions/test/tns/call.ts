import { Database, type User } from './database.ts'
import { Logon } from './logon.ts'
import type { Oracle } from './server.ts'
import { OraError } from './sql.ts'
import { type Column, execute, type Result } from './statements.ts'
import { Reader, Writer } from './wire.ts'

/** Types of messages, functions and data. Source: node-oracledb 26. */
const MESSAGE = {
  protocol: 1,
  types: 2,
  function: 3,
  error: 4,
  rowHeader: 6,
  row: 7,
  parameter: 8,
  status: 9,
  describe: 16,
}
const PIGGYBACK = 17
const FUNCTION = {
  closeCursors: 105,
  logonOne: 118,
  logonTwo: 115,
  execute: 94,
  fetch: 5,
  logoff: 9,
  commit: 14,
  rollback: 15,
}
const TYPE = { varchar: 1, number: 2, long: 8, date: 12, clob: 112 } as const
const DEFINE = 0x10
const NO_MORE_ROWS = 1403
/** 12.1. */
const FIELD_VERSION = 7
const UTF8 = 873
const UTF16 = 2000

/** Answers the messages of one client. */
export class Call {
  readonly #oracle: Oracle
  #name = ''
  #logon: Logon | undefined
  #user: User | undefined
  readonly #cursors = new Map<number, Result>()
  #lastCursor = 0

  constructor(oracle: Oracle) {
    this.#oracle = oracle
  }

  answer(message: Buffer): Buffer | 'cut' | 'silence' {
    const reader = new Reader(message)
    for (;;) {
      const kind = reader.u8()
      if (kind === MESSAGE.protocol) return protocol()
      if (kind === MESSAGE.types) return types()
      const code = reader.u8()
      reader.u8() // number of the call
      if (kind === PIGGYBACK && code === FUNCTION.closeCursors) this.#closeCursors(reader)
      else if (kind === MESSAGE.function) return this.#function(code, reader)
      else throw new Error(`a message of kind ${kind}, function ${code}`)
    }
  }

  #function(code: number, reader: Reader): Buffer | 'cut' | 'silence' {
    const { moods } = this.#oracle
    switch (code) {
      case FUNCTION.logonOne:
        return moods.silentAt === 'logon' ? 'silence' : this.#challenge(reader)
      case FUNCTION.logonTwo:
        return this.#check(reader)
      case FUNCTION.execute:
        return moods.silentAt === 'statement' ? 'silence' : this.#execute(reader)
      case FUNCTION.logoff:
      case FUNCTION.commit:
      case FUNCTION.rollback:
        return status(new Writer()).done()
      default:
        throw new Error(`a call of function ${code}`)
    }
  }

  #challenge(reader: Reader): Buffer {
    reader.u8()
    reader.number()
    reader.number()
    reader.raw(1)
    const pairs = reader.number()
    reader.raw(2)
    this.#name = Database.nameOf(reader.text())
    for (let i = 0; i < pairs; i++) reader.pair()
    this.#logon = new Logon(this.#oracle.database.users.get(this.#name)?.verifier)
    const challenge = this.#logon.challenge()
    const writer = new Writer().u8(MESSAGE.parameter).number(challenge.length)
    for (const [key, value, flags] of challenge) writer.pair(key, value, flags)
    return status(writer).done()
  }

  #check(reader: Reader): Buffer {
    reader.u8()
    reader.number()
    reader.number()
    reader.raw(1)
    const pairs = reader.number()
    reader.raw(2)
    if (Database.nameOf(reader.text()) !== this.#name) throw new Error('another user in the second phase')
    const answer = new Map(Array.from({ length: pairs }, () => reader.pair()))
    const { database, moods, logins } = this.#oracle
    const proof = this.#logon?.check(answer)
    const user = database.users.get(this.#name)
    const refusal = moods.refuseLogin ?? refusalOf(user, proof)
    logins.push([this.#name, refusal === undefined])
    if (refusal !== undefined) return failed(new OraError(...refusal)).done()
    this.#user = user
    const told: [string, string][] = [
      ['AUTH_SVR_RESPONSE', proof as string],
      ['AUTH_VERSION_NO', String(0x0c_10_02_00)],
      ['AUTH_MAX_OPEN_CURSORS', '300'],
    ]
    const writer = new Writer().u8(MESSAGE.parameter).number(told.length)
    for (const [key, value] of told) writer.pair(key, value)
    return status(writer).done()
  }

  #closeCursors(reader: Reader): void {
    reader.u8()
    const count = reader.number()
    for (let i = 0; i < count; i++) this.#cursors.delete(reader.number())
  }

  #execute(reader: Reader): Buffer | 'cut' {
    const user = this.#user
    if (user === undefined) return failed(new OraError(1012, 'not logged on')).done()
    const { options, cursor, sql, binds } = request(reader)
    if ((options & DEFINE) !== 0) {
      const held = this.#cursors.get(cursor)
      if (held === undefined) return failed(new OraError(1001, 'invalid cursor')).done()
      return rows(new Writer(), held, cursor, true).done()
    }
    const { database, moods, statements } = this.#oracle
    statements.push(sql)
    const cut = moods.cut?.(sql)
    if (cut === 'before') return 'cut'
    let result: Result
    try {
      result = execute(database, user, sql, binds)
    } catch (error) {
      if (error instanceof OraError) return failed(error).done()
      throw error
    }
    if (cut === 'after') return 'cut'
    if (result.columns.length === 0) return end(new Writer(), 0, 0).done()
    this.#cursors.set(++this.#lastCursor, result)
    const described = describe(new Writer(), result.columns)
    // large texts come when the client has said as what it wants them
    if (result.columns.some(({ type }) => type === 'clob')) return end(described, 0, this.#lastCursor).done()
    return rows(described, result, this.#lastCursor, false).done()
  }
}

function refusalOf(user: User | undefined, proof: string | undefined): readonly [number, string] | undefined {
  if (user?.status === 'LOCKED') return [28_000, 'the account is locked']
  if (user === undefined || proof === undefined || user.authentication !== 'PASSWORD')
    return [1017, 'invalid username/password; logon denied']
  if (user.status === 'EXPIRED') return [28_001, 'the password has expired']
  const session = user.grants.has('CREATE SESSION') || user.grants.has('CONNECT') || user.grants.has('DBA')
  return session ? undefined : [1045, `user ${user.name} lacks CREATE SESSION privilege; logon denied`]
}

function protocol(): Buffer {
  const compile = Buffer.alloc(40)
  compile[7] = FIELD_VERSION
  const runtime = Buffer.from([2, 1, 0, 0, 0, 0, 4])
  const charset = Buffer.alloc(2)
  charset.writeUInt16LE(UTF8)
  const formats = Buffer.alloc(11)
  formats.writeUInt16BE(UTF16, 9)
  return new Writer()
    .u8(MESSAGE.protocol, 6, 0)
    .raw(Buffer.from('Double of a server\0'))
    .raw(charset)
    .u8(1, 0, 0, 0, formats.length)
    .raw(formats)
    .bytes(compile)
    .bytes(runtime)
    .done()
}

/** The database's time zone, UTC; no data type in another form than the client's. */
const types = (): Buffer => new Writer().u8(MESSAGE.types, 0x80, 0, 0, 0, 60, 60, 60, 0x80, 0, 0, 0, 0, 0).done()

/** What an EXECUTE says: options, cursor, statement and bind values. */
function request(reader: Reader) {
  const options = reader.number()
  const cursor = reader.number()
  reader.u8()
  const size = reader.number()
  reader.u8()
  reader.number()
  reader.raw(3)
  reader.number()
  reader.number()
  reader.u8()
  const bound = reader.number()
  reader.raw(5)
  reader.u8()
  const defined = reader.number()
  reader.number()
  reader.raw(3)
  reader.number()
  reader.u8()
  reader.number()
  reader.number()
  reader.u8()
  reader.number()
  reader.u8()
  const sql = size === 0 ? '' : reader.text()
  for (let i = 0; i < 13; i++) reader.number()
  for (let i = 0; i < bound + defined; i++) {
    reader.raw(4)
    for (let j = 0; j < 6; j++) reader.number()
    reader.u8()
    reader.number()
  }
  const binds: string[] = []
  if (bound > 0) {
    if (reader.u8() !== MESSAGE.row) throw new Error('no bind values')
    for (let i = 0; i < bound; i++) binds.push(reader.text())
  }
  if (reader.left > 0) throw new Error(`${reader.left} bytes behind a statement`)
  return { options, cursor, sql, binds }
}

const status = (writer: Writer): Writer => writer.u8(MESSAGE.status).number(0, 0)

/** The end of an answer: an error, or that all is well. */
function end(writer: Writer, error: number, cursor: number, text = ''): Writer {
  writer
    .u8(MESSAGE.error)
    .number(0, 0, 0, error > 65_535 ? 0 : error, 0, 0, cursor, 0)
    .u8(0, 0, 0, 0, 0, 0)
  writer.number(0, 0).u8(0).number(0, 0) // row id
  writer.number(0).u8(0, 0).number(0, 0, 0, 0, 0, 0)
  writer.number(error, 0)
  return error === 0 ? writer : writer.bytes(Buffer.from(text))
}

const failed = (error: OraError): Writer => end(new Writer(), error.number, 0, `${error.message}\n`)

const LONGEST_TEXT = 4000

function describe(writer: Writer, columns: readonly Column[]): Writer {
  writer.u8(MESSAGE.describe, 0).number(LONGEST_TEXT, columns.length).u8(1)
  for (const [index, { name, type }] of columns.entries()) {
    const text = type !== 'date' && type !== 'number'
    const size = text ? LONGEST_TEXT : 22
    writer.u8(TYPE[type], 0, 0, 0).number(size, 0, 0, 0, 0, text ? UTF8 : 0)
    writer
      .u8(text ? 1 : 0)
      .number(size)
      .u8(1, 0)
      .sized(name)
      .number(0, 0, index + 1, 0)
  }
  return writer.number(0, 0, 0, 0, 0, 0)
}

/** 2026-11-22 10:11:12, as DATE is written. */
const NOW = Buffer.from([120, 126, 11, 22, 11, 12, 13])

function encoded(type: Column['type'] | undefined, value: string): Buffer {
  if (type === 'date') return NOW
  return type === 'number' ? number(Number(value)) : Buffer.from(value)
}

/** NUMBER: an exponent, then digits to the base of 100; what is negative is turned round, and ends with 102. */
function number(value: number): Buffer {
  if (value === 0) return Buffer.from([0x80])
  const digits: number[] = []
  for (let rest = Math.abs(value); rest > 0; rest = Math.floor(rest / 100)) digits.unshift(rest % 100)
  const exponent = 192 + digits.length
  if (value > 0) return Buffer.from([exponent, ...digits.map((digit) => digit + 1)])
  return Buffer.from([exponent ^ 0xff, ...digits.map((digit) => 101 - digit), 102])
}

function rows(writer: Writer, { columns, rows: all }: Result, cursor: number, asLong: boolean): Writer {
  writer.u8(MESSAGE.rowHeader, 0).number(0, 0, 0, 0, 0, 0)
  for (const row of all) {
    writer.u8(MESSAGE.row)
    for (const [index, value] of row.entries()) {
      if (value === null) writer.u8(0)
      else writer.bytes(encoded(columns[index]?.type, value))
      if (asLong) writer.number(0, 0)
    }
  }
  return end(writer, NO_MORE_ROWS, cursor, `ORA-01403: no data found\n`)
}
