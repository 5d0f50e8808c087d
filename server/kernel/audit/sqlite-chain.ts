import type { KeyObject } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Block, chain, missing, openingBlock, wanted } from '#kernel/audit/block'
import { GENESIS, type Head, headMac, link, openingLine, type Register, registerMac, same } from '#kernel/audit/chain'
import { headChanged, headForged, headRemoved, registerForged, setBack } from '#kernel/audit/forgery'
import type { Writer } from '#kernel/audit/journal'
import { journalMigrations } from '#kernel/audit/schema'
import { schemaStatements } from '#kernel/storage/dialect'
import { isBusy } from '#kernel/storage/sqlite/unit'

/** Columns of `audit_block`, in the order of the insert. */
const INSERT = `insert into audit_block (writer, sequence, count, first_time, last_time, hash, mac, lines)
  values (?, ?, ?, ?, ?, ?, ?, ?)`

const PAUSE_MS = 2
const PATIENCE_MS = 2000
const sleeper = new Int32Array(new SharedArrayBuffer(4))

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
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #insert: StatementSync
  readonly #overlapping: StatementSync
  readonly #process: StatementSync
  readonly #move: StatementSync
  #head: Head
  #register: Register

  /**
   * Opens `writer`, or takes it up again after a failure. `reached` is the sequence that it is known to have reached: a
   * file where it stands lower was set back.
   */
  constructor(db: DatabaseSync, key: KeyObject, writer: Writer, reached = 0) {
    this.#db = db
    this.#key = key
    this.#begin = db.prepare('begin immediate')
    this.#commit = db.prepare('commit')
    this.#insert = db.prepare(INSERT)
    this.#overlapping = db.prepare('select lines from audit_block where last_time >= ? and first_time <= ?')
    this.#process = db.prepare('select process from audit_writer where writer = ?')
    this.#move = db.prepare(
      'update audit_writer set sequence = ?, hash = ?, mac = ? where writer = ? and sequence = ? and hash = ?',
    )
    this.#register = { count: 0, hash: GENESIS }
    this.#head = this.#transaction(() => this.#resume(writer, reached) ?? this.#open(writer))
  }

  get head(): Head {
    return this.#head
  }

  /** As it was when the writer opened, or was taken up again. */
  get register(): Register {
    return this.#register
  }

  /** Appends lines in one transaction and syncs the file. */
  append(lines: readonly string[]): void {
    if (lines.length > 0) this.#head = this.#transaction(() => this.#write(lines))
  }

  /** Appends the lines whose event is not in the file already. */
  complete(lines: readonly string[]): void {
    if (lines.length === 0) return
    this.#head = this.#transaction(() => {
      const events = wanted(lines)
      const blocks = this.#overlapping.iterate(events.from, events.to) as unknown as Iterable<Pick<Block, 'lines'>>
      const left = missing(lines, events, blocks)
      return left.length === 0 ? this.#head : this.#write(left)
    })
  }

  /** The process that a writer said it was. */
  processOf(writer: string): number | undefined {
    return (this.#process.get(writer) as { process: number } | undefined)?.process
  }

  /** Writes a page and syncs it, to find out whether that is possible. */
  probe(): void {
    this.#transaction(() => this.#moveHead(this.#head, headMac(this.#key, this.#head)))
  }

  #write(lines: readonly string[]): Head {
    const { blocks, head, mac } = chain(this.#head, lines, this.#key)
    for (const block of blocks) this.#put(block)
    return this.#moveHead(head, mac)
  }

  #put(block: Block): void {
    const { writer, sequence, count, firstTime, lastTime, hash, mac, lines } = block
    this.#insert.run(writer, sequence, count, firstTime, lastTime, hash, mac, lines)
  }

  /** Nobody but this writer moves its head, so it must stand where it was left. */
  #moveHead(to: Head, mac: string): Head {
    const from = this.#head
    const { changes } = this.#move.run(to.sequence, to.hash, mac, to.writer, from.sequence, from.hash)
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
    if (!same(mac, headMac(this.#key, head)) || head.sequence < reached) throw headForged()
    this.#register = this.#registered()
    return head
  }

  #open(writer: Writer): Head {
    const register = this.#registered()
    if (writer.known !== undefined) this.#compare(register, writer.known)
    const moved = 'from audit_writer where sequence > anchored order by number desc limit 1000'
    const heads = this.#db.prepare(`select writer, sequence, hash ${moved}`).all() as unknown as Head[]
    const anchor = this.#db.prepare('update audit_writer set anchored = ? where writer = ?')
    for (const head of heads) anchor.run(head.sequence, head.writer)
    const number = register.count + 1
    const line = openingLine(writer.id, writer.startedAtMs, { number, previous: register.hash, heads })
    const hash = link(GENESIS, writer.id, 0, line)
    const head = { writer: writer.id, sequence: 0, hash }
    const mac = headMac(this.#key, head)
    this.#put(openingBlock(writer.id, writer.startedAtMs, hash, mac, line))
    this.#db
      .prepare(`insert into audit_writer (writer, number, process, sequence, hash, mac, anchored)
        values (?, ?, ?, 0, ?, ?, -1)`)
      .run(writer.id, number, process.pid, hash, mac)
    this.#register = { count: number, hash }
    this.#db
      .prepare(`insert into audit_register (id, count, hash, mac) values (1, ?, ?, ?)
        on conflict (id) do update set count = excluded.count, hash = excluded.hash, mac = excluded.mac`)
      .run(number, hash, registerMac(this.#key, this.#register))
    return head
  }

  #registered(): Register {
    const row = this.#db.prepare('select count, hash, mac from audit_register where id = 1').get()
    if (row === undefined) {
      if (this.#db.prepare('select 1 from audit_writer limit 1').get() !== undefined) throw registerForged()
      return { count: 0, hash: GENESIS }
    }
    const { mac, ...register } = row as unknown as Register & { mac: string }
    if (!same(mac, registerMac(this.#key, register))) throw registerForged()
    return register
  }

  /** The register must go on from the state that is known. */
  #compare(register: Register, known: Register): void {
    const opening = this.#db
      .prepare(`select b.hash from audit_writer w join audit_block b on b.writer = w.writer and b.sequence = 0
        where w.number = ?`)
      .get(known.count) as { hash: string } | undefined
    if (register.count < known.count || opening?.hash !== known.hash) throw setBack(known, register.count)
  }

  /**
   * SQLite waits for other connections by itself (`timeout`); once, under a profiler, it said busy at once all the same (the
   * cause was not proven; a signal that interrupts the system call of a lock would do it). That is tried again here, for a
   * bounded time. This runs in a thread of its own, or alone.
   */
  #beginWhenFree(): void {
    for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
      try {
        this.#begin.run()
        return
      } catch (error) {
        if (!isBusy(error) || waitedMs >= PATIENCE_MS) throw error
        Atomics.wait(sleeper, 0, 0, PAUSE_MS)
      }
    }
  }

  #transaction<T>(work: () => T): T {
    this.#beginWhenFree()
    try {
      const result = work()
      this.#commit.run()
      return result
    } catch (error) {
      // A full disk has rolled back already.
      if (this.#db.isTransaction) this.#db.exec('rollback')
      throw error
    }
  }
}
