import type { KeyObject } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { GENESIS, type Head, headMac, link, openingLine, type Register, registerMac, same } from '#kernel/audit/chain'
import { headChanged, headForged, headRemoved, registerForged } from '#kernel/audit/forgery'
import type { Writer } from '#kernel/audit/journal'
import { parseLine } from '#kernel/audit/record'
import { journalMigrations } from '#kernel/audit/schema'
import { schemaStatements } from '#kernel/storage/dialect'

/** Extended result code of SQLite: a unique column has the value already. */
const SQLITE_CONSTRAINT_UNIQUE = 2067

/** Columns of `audit_record`, in the order of the insert. */
const INSERT = `insert into audit_record (writer, sequence, event_id, event_time, account, region, record, hash, mac)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`

/**
 * Opens the database of a journal, makes it when it is new (0600), and brings its schema up to date. An older program
 * refuses a newer file.
 */
export function openAuditDatabase(file: string, options: { readonly readOnly?: boolean } = {}): DatabaseSync {
  if (options.readOnly !== true && file !== ':memory:' && !existsSync(file)) closeSync(openSync(file, 'a', 0o600))
  const db = new DatabaseSync(file, { readOnly: options.readOnly === true, timeout: 5000 })
  try {
    const { user_version: version } = db.prepare('pragma user_version').get() as { user_version: number }
    if (version > journalMigrations.length)
      throw new Error('the audit journal was made by a newer version of strongroom')
    if (options.readOnly === true) {
      if (version < journalMigrations.length)
        throw new Error('this file is no audit journal, or one of an older version')
      return db
    }
    db.exec('pragma journal_mode = wal; pragma synchronous = full')
    migrate(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function migrate(db: DatabaseSync): void {
  db.exec('begin immediate')
  try {
    const { user_version: version } = db.prepare('pragma user_version').get() as { user_version: number }
    for (const { sql } of journalMigrations.slice(version)) {
      for (const text of schemaStatements(sql, 'sqlite')) db.exec(text)
    }
    db.exec(`pragma user_version = ${journalMigrations.length}`)
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

/**
 * One writer's end of a chain in a SQLite file. Synchronous: it runs in a worker thread, or in the process itself for an
 * in-memory journal. After a throw nothing of the call is in the file, and the chain stands where it stood.
 */
export class SqliteChain {
  readonly #db: DatabaseSync
  readonly #key: KeyObject
  readonly #insert: StatementSync
  readonly #known: StatementSync
  readonly #move: StatementSync
  #head: Head

  /**
   * Opens `writer`, or takes it up again after a failure. `reached` is the sequence that it is known to have reached: a
   * file where it stands lower was set back.
   */
  constructor(db: DatabaseSync, key: KeyObject, writer: Writer, reached = 0) {
    this.#db = db
    this.#key = key
    this.#insert = db.prepare(INSERT)
    this.#known = db.prepare('select 1 from audit_record where event_id = ?')
    this.#move = db.prepare(
      'update audit_writer set sequence = ?, hash = ?, mac = ? where writer = ? and sequence = ? and hash = ?',
    )
    this.#head = this.#transaction(() => this.#resume(writer, reached) ?? this.#open(writer))
  }

  get head(): Head {
    return this.#head
  }

  /** Appends lines in one transaction and syncs the file; lines whose event is in the file already are left out. */
  append(lines: readonly string[]): void {
    let head: Head
    try {
      head = this.#transaction(() => this.#write(lines))
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_CONSTRAINT_UNIQUE) throw error
      head = this.#transaction(() => this.#write(this.#missing(lines)))
    }
    this.#head = head
  }

  /** Writes a page and syncs it, to find out whether that is possible. */
  probe(): void {
    this.#transaction(() => this.#moveHead(this.#head, this.#head))
  }

  #write(lines: readonly string[]): Head {
    const { writer } = this.#head
    if (lines.length === 0) return this.#head
    let { sequence, hash } = this.#head
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] as string
      sequence++
      hash = link(hash, writer, sequence, line)
      const { eventId, eventTime, account, region, record } = parseLine(line)
      const mac = i === lines.length - 1 ? headMac(this.#key, { writer, sequence, hash }) : null
      this.#insert.run(writer, sequence, eventId, eventTime, account, region, record, hash, mac)
    }
    return this.#moveHead(this.#head, { writer, sequence, hash })
  }

  #missing(lines: readonly string[]): string[] {
    const seen = new Set<string>()
    return lines.filter((line) => {
      const { eventId } = parseLine(line)
      if (seen.has(eventId) || this.#known.get(eventId) !== undefined) return false
      seen.add(eventId)
      return true
    })
  }

  /** Nobody but this writer moves its head, so it must stand where it was left. */
  #moveHead(from: Head, to: Head): Head {
    const { changes } = this.#move.run(
      to.sequence,
      to.hash,
      headMac(this.#key, to),
      to.writer,
      from.sequence,
      from.hash,
    )
    if (changes !== 1) throw headChanged()
    return to
  }

  #resume(writer: Writer, reached: number): Head | undefined {
    const row = this.#db.prepare('select writer, sequence, hash, mac from audit_writer where writer = ?').get(writer.id)
    if (row === undefined) {
      if (reached > 0) throw headRemoved()
      return undefined
    }
    const { mac, ...head } = row as unknown as Head & { mac: string }
    if (!same(mac, headMac(this.#key, head)) || head.sequence < reached) {
      throw headForged()
    }
    return head
  }

  #open(writer: Writer): Head {
    const register = this.#register()
    const moved = 'from audit_writer where sequence > anchored order by number desc limit 1000'
    const heads = this.#db.prepare(`select writer, sequence, hash ${moved}`).all() as unknown as Head[]
    const anchor = this.#db.prepare('update audit_writer set anchored = ? where writer = ?')
    for (const head of heads) anchor.run(head.sequence, head.writer)
    const number = register.count + 1
    const line = openingLine(writer.id, writer.startedAtMs, { number, previous: register.hash, heads })
    const hash = link(GENESIS, writer.id, 0, line)
    const head = { writer: writer.id, sequence: 0, hash }
    const mac = headMac(this.#key, head)
    const { eventId, eventTime, account, region, record } = parseLine(line)
    this.#insert.run(writer.id, 0, eventId, eventTime, account, region, record, hash, mac)
    this.#db
      .prepare('insert into audit_writer (writer, number, sequence, hash, mac, anchored) values (?, ?, 0, ?, ?, -1)')
      .run(writer.id, number, hash, mac)
    this.#db
      .prepare(`insert into audit_register (id, count, hash, mac) values (1, ?, ?, ?)
        on conflict (id) do update set count = excluded.count, hash = excluded.hash, mac = excluded.mac`)
      .run(number, hash, registerMac(this.#key, { count: number, hash }))
    return head
  }

  #register(): Register {
    const row = this.#db.prepare('select count, hash, mac from audit_register where id = 1').get()
    if (row === undefined) {
      if (this.#db.prepare('select 1 from audit_writer limit 1').get() !== undefined) throw registerForged()
      return { count: 0, hash: GENESIS }
    }
    const { mac, ...register } = row as unknown as Register & { mac: string }
    if (!same(mac, registerMac(this.#key, register))) throw registerForged()
    return register
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('begin immediate')
    try {
      const result = work()
      this.#db.exec('commit')
      return result
    } catch (error) {
      // A full disk has rolled back already.
      if (this.#db.isTransaction) this.#db.exec('rollback')
      throw error
    }
  }
}
