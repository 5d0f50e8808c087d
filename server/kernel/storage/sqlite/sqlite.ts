import { closeSync, fdatasync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { StorageError } from '#kernel/storage/error'
import { type Scope, type Storage, statement, type Unit } from '#kernel/storage/storage'
import { Checkpoint, defaultBounds } from './checkpoint.ts'
import { prepareFile, syncDirectory } from './files.ts'
import { GroupFlush } from './flush.ts'
import { WriteHealth } from './health.ts'
import { migrate } from './migrate.ts'
import type { SqliteOptions } from './options.ts'
import { Turns } from './turns.ts'
import { engineError, isBusy, isFull, SqliteUnit, Statements } from './unit.ts'

/** Most write units in one transaction: bounds what one failed commit takes with it, and how long the first waits. */
const MOST_IN_GROUP = 16
/** Committed write units between two looks at the length of the WAL. */
const LOOK_EVERY = 64

const PRAGMAS = `
pragma foreign_keys = on;
pragma synchronous = normal;
pragma wal_autocheckpoint = 0;
pragma journal_size_limit = 67108864;
pragma mmap_size = 0;
pragma cache_size = -10240;
pragma temp_store = memory;
pragma trusted_schema = off;
pragma cell_size_check = on;
pragma secure_delete = on;
pragma case_sensitive_like = on;
`

const bump = statement(
  'store/bump-generation',
  `insert into store_generation (scope, shard, value) values (:scope, 0, 1)
   on conflict (scope, shard) do update set value = store_generation.value + 1`,
)

const flushFile = promisify(fdatasync)

/** Opens (and makes, and migrates) an embedded store. Throws StorageError. */
export async function openSqlite(options: SqliteOptions): Promise<Storage> {
  const { file } = options
  const memory = file === ':memory:'
  let database: DatabaseSync | undefined
  let wal: number | undefined
  try {
    if (!memory) await prepareFile(file)
    database = new DatabaseSync(file, { timeout: 5_000, defensive: true })
    if (!memory) useWal(database)
    database.exec(PRAGMAS)
    migrate(database, options.migrations, options.clock)
    // a write unit that finds another process writing waits without stopping the event loop
    database.exec('pragma busy_timeout = 5')
    if (!memory) {
      wal = openSync(`${file}-wal`, 'r+')
      await syncDirectory(dirname(file))
    }
  } catch (error) {
    database?.close()
    if (error instanceof StorageError) throw error
    throw engineError(`opening ${file}`, error)
  }
  const storage = new SqliteStorage(database, wal, options)
  await storage.durable()
  return storage
}

function useWal(database: DatabaseSync): void {
  const { journal_mode } = database.prepare('pragma journal_mode = wal').get() as { journal_mode: string }
  if (journal_mode !== 'wal')
    throw new StorageError('the file system of the data directory does not allow the write-ahead log', {
      hint: 'put the data directory on a local disk; for a network file system use PostgreSQL',
    })
}

/** Write units that are committed together. */
class Group {
  readonly units: SqliteUnit[] = []
  /** Of so many units the touched scopes have their new generation. */
  renewed = 0
  /** The end of the round is waited for; it has come. */
  awaited = false
  due = false
  readonly #outcome = Promise.withResolvers<void>()

  constructor() {
    // The units that failed by themselves do not wait for it.
    this.#outcome.promise.catch(() => undefined)
  }

  get committed(): Promise<void> {
    return this.#outcome.promise
  }

  succeed(): void {
    this.#outcome.resolve()
  }

  fail(cause: unknown): void {
    this.#outcome.reject(cause)
  }
}

class SqliteStorage implements Storage {
  readonly engine = 'sqlite'
  readonly #database: DatabaseSync
  readonly #wal: number | undefined
  readonly #statements: Statements
  readonly #shared: boolean
  readonly #busyMs: number
  readonly #problem: (problem: unknown) => void
  readonly #flush: GroupFlush
  readonly #checkpoint: Checkpoint | undefined
  readonly #begin: StatementSync
  readonly #beginWrite: StatementSync
  readonly #commit: StatementSync
  readonly #rollback: StatementSync
  readonly #dataVersion: StatementSync
  readonly #walLength: StatementSync
  readonly #generation = (scope: Scope) => this.generation(scope)
  readonly #generations: Record<Scope, number> = { iam: 1, kms: 1, secrets: 1, parameters: 1, events: 1, trails: 1 }
  /** Sum per scope as the table had it when we last looked (shared only). */
  readonly #stored: Record<string, number> = {}
  #seenVersion = 0
  #lookedThisTurn = false
  readonly #turns: Turns
  #open = true
  /** Write units that were committed since the last look at the length of the WAL. */
  #commits = 0
  /** The write units that are in the open transaction. */
  #group: Group | undefined
  readonly #writing: WriteHealth
  #trouble: string | undefined

  constructor(database: DatabaseSync, wal: number | undefined, options: SqliteOptions) {
    this.#database = database
    this.#wal = wal
    this.#shared = options.shared === true
    this.#busyMs = options.busyMs ?? 10_000
    this.#writing = new WriteHealth(options.file)
    this.#turns = new Turns(options.patienceMs ?? 30_000)
    this.#problem = options.onProblem ?? (() => undefined)
    this.#statements = new Statements(database)
    const flush = options.flush ?? flushFile
    this.#flush = new GroupFlush(wal === undefined ? () => Promise.resolve() : () => flush(wal))
    if (wal !== undefined) {
      const bounds = options.checkpointBounds ?? defaultBounds
      this.#checkpoint = new Checkpoint(options.file, bounds, (work) => this.#alone(work), this.#problem)
      this.#flush.committed()
    }
    this.#begin = database.prepare('begin deferred')
    this.#beginWrite = database.prepare('begin immediate')
    this.#commit = database.prepare('commit')
    this.#rollback = database.prepare('rollback')
    this.#dataVersion = database.prepare('pragma data_version')
    this.#walLength = database.prepare('pragma wal_checkpoint(noop)')
    if (this.#shared) this.#look()
  }

  async unit<T>(effect: 'read' | 'write', work: (unit: Unit) => Promise<T> | T): Promise<T> {
    // one after another: SQLite runs one statement at a time in any case, and so each unit is serializable
    const turn = this.#turns.take(effect)
    if (turn !== undefined) await turn
    let group: Group | undefined
    let result: T
    try {
      if (!this.#open) throw new StorageError('the store is closed')
      if (this.#flush.failure !== undefined) throw this.#flush.failure
      if (effect === 'read') {
        this.#commitGroup()
        const unit = new SqliteUnit('read', this.#statements, this.#generation)
        try {
          if (this.#shared) this.#beginRead()
          const reading = work(unit)
          // Work that had nothing to wait for is over already, without a turn of promises.
          result = reading instanceof Promise ? await reading : reading
        } finally {
          unit.end()
          if (this.#shared && this.#database.isTransaction) this.#commit.run()
        }
        if (unit.failure !== undefined) throw unit.failure
        for (const after of unit.after) this.#guarded(after)
        return result
      }
      group = this.#group ?? (await this.#beginGroup())
      result = await this.#write(group, work)
    } finally {
      this.#endGroup()
      this.#turns.give()
    }
    // what a unit answers leaves it only when it is committed
    await group.committed
    return result
  }

  /** Alone on the file nobody can write between two statements: only beside others a transaction is needed to see one state. */
  #beginRead(): void {
    this.#begin.run()
    this.#look()
  }

  async #beginGroup(): Promise<Group> {
    await this.#beginWriting()
    if (this.#shared) this.#look()
    this.#group = new Group()
    return this.#group
  }

  /**
   * Runs a write unit inside the group's transaction. All but the first have a savepoint to go back to; a failed first one
   * takes the transaction, which holds nothing else, with it.
   */
  async #write<T>(group: Group, work: (unit: Unit) => Promise<T> | T): Promise<T> {
    const unit = new SqliteUnit('write', this.#statements, this.#generation)
    const joins = group.units.length > 0
    try {
      if (joins) {
        // This unit sees what those before it changed, so nothing kept from before them may serve it.
        this.#renew(group)
        this.#database.exec('savepoint unit')
      }
      const result = await work(unit)
      await unit.finish()
      if (unit.failure !== undefined) throw unit.failure
      if (this.#shared) for (const scope of unit.touched) await unit.run(bump, { scope })
      if (joins) this.#database.exec('release unit')
      group.units.push(unit)
      return result
    } catch (error) {
      if (isFull(unit.failure)) this.#writing.failed(unit.failure)
      this.#undo(group, joins, error)
      throw error
    } finally {
      unit.end()
    }
  }

  /** New generations for what the group's units have touched so far. */
  #renew(group: Group): void {
    for (; group.renewed < group.units.length; group.renewed++)
      for (const scope of group.units[group.renewed]?.touched ?? []) this.#generations[scope]++
  }

  /** Takes back what a unit that failed has done. */
  #undo(group: Group, joins: boolean, cause: unknown): void {
    // SQLite has rolled back everything by itself after some errors (disk full, input/output)
    if (joins && this.#database.isTransaction) {
      try {
        this.#database.exec('rollback to unit; release unit')
        return
      } catch (error) {
        this.#problem(error)
      }
    }
    this.#abandon(group, cause)
  }

  /** The transaction is lost, and with it every unit of the group. */
  #abandon(group: Group, cause: unknown): void {
    this.#group = undefined
    this.#rollBack()
    // What was kept in memory since one joined another may be of what never came to be.
    for (const unit of group.units.slice(0, group.renewed)) for (const scope of unit.touched) this.#generations[scope]++
    group.fail(cause)
  }

  /**
   * At the end of a turn: leaves the transaction open for the write units that wait, and for those that the requests of
   * this round of the event loop will bring, since one commit of many units writes each page of the WAL once. It is
   * committed when the round is over, when the group is full, and in any case before a read unit begins: nobody reads what
   * is not committed.
   */
  #endGroup(): void {
    const group = this.#group
    if (group === undefined) return
    const full = group.units.length >= MOST_IN_GROUP || !this.#open
    if (full || (group.due && this.#turns.next !== 'write')) this.#commitGroup()
    else if (!group.due && !group.awaited) {
      group.awaited = true
      setImmediate(() => {
        group.due = true
        // A unit that is at work commits it at its own end.
        if (this.#group === group && !this.#turns.taken) this.#commitGroup()
      })
    }
  }

  #commitGroup(): void {
    const group = this.#group
    if (group === undefined) return
    this.#group = undefined
    try {
      this.#commitNow()
    } catch (error) {
      this.#abandon(group, error)
      return
    }
    this.#renew(group)
    if (group.units.some((unit) => unit.wrote)) {
      this.#flush.committed()
      this.#commits += group.units.length
      if (this.#commits >= LOOK_EVERY) {
        this.#commits = 0
        this.#considerCheckpoint()
      }
    }
    for (const unit of group.units) for (const after of unit.after) this.#guarded(after)
    group.succeed()
  }

  async #beginWriting(): Promise<void> {
    for (let waitedMs = 0, pauseMs = 1; ; waitedMs += pauseMs, pauseMs = Math.min(pauseMs * 2, 50)) {
      try {
        this.#beginWrite.run()
        return
      } catch (error) {
        if (!isBusy(error)) throw engineError('begin', error)
        if (waitedMs > this.#busyMs)
          throw new StorageError('the store is locked by another process', {
            cause: error,
            hint: 'look for a backup or another program that has the database file open for writing',
          })
      }
      await delay(pauseMs)
    }
  }

  #commitNow(): void {
    try {
      this.#commit.run()
      this.#writing.kept()
    } catch (error) {
      this.#writing.failed(error)
      throw engineError('commit', error)
    }
  }

  #rollBack(): void {
    // SQLite has rolled back by itself after some errors (disk full, input/output)
    if (!this.#database.isTransaction) return
    try {
      this.#rollback.run()
    } catch (error) {
      this.#problem(this.#flush.fail(error))
    }
  }

  #guarded(after: () => void): void {
    try {
      after()
    } catch (error) {
      this.#problem(error)
    }
  }

  /** Must not throw: the unit before it has committed. A checkpoint that is about the WAL right now makes the look fail. */
  #considerCheckpoint(): void {
    try {
      const { log, checkpointed } = this.#walLength.get() as { log: number; checkpointed: number }
      this.#checkpoint?.consider(log, checkpointed)
    } catch (error) {
      if (!isBusy(error)) this.#problem(error)
    }
  }

  /** Notices what other processes have committed. */
  #look(): void {
    const version = (this.#dataVersion.get() as { data_version: number }).data_version
    if (version === this.#seenVersion) return
    const rows = this.#database.prepare('select scope, sum(value) as value from store_generation group by scope').all()
    for (const { scope, value } of rows as { scope: string; value: number }[]) {
      if (this.#stored[scope] !== value && scope in this.#generations) this.#generations[scope as Scope]++
      this.#stored[scope] = value
    }
    this.#seenVersion = version
    // the other process acknowledges after its own flush, but we may answer with what it wrote before that
    this.#flush.committed()
  }

  generation(scope: Scope): number {
    if (this.#shared && !this.#lookedThisTurn) {
      this.#lookedThisTurn = true
      setImmediate(() => {
        this.#lookedThisTurn = false
      })
      try {
        this.#look()
      } catch (error) {
        // not known: whatever is cached counts as stale
        this.#lookedThisTurn = false
        this.#problem(error)
        this.#generations[scope]++
      }
    }
    return this.#generations[scope]
  }

  durable(): Promise<void> {
    return this.#flush.durable()
  }

  async healthy(): Promise<boolean> {
    this.#trouble = await this.#ailing()
    return this.#trouble === undefined
  }

  get trouble(): string | undefined {
    return this.#trouble
  }

  async #ailing(): Promise<string | undefined> {
    if (!this.#open) return 'the store is closed'
    if (this.#flush.failure !== undefined) return 'the store could not be flushed to disk: it must be started anew'
    return this.#writing.trouble(async () => {
      if (this.#writing.inDoubt) await this.unit('write', (unit) => unit.run(bump, { scope: 'health' }))
      else this.#dataVersion.get()
    }, this.#problem)
  }

  /** Runs work while no unit is open. */
  async #alone(work: () => Promise<void>): Promise<void> {
    await this.#turns.take('alone')
    try {
      this.#commitGroup()
      await work()
    } finally {
      this.#turns.give()
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return
    await this.#alone(async () => {
      this.#open = false
    })
    await this.#checkpoint?.close()
    if (this.#flush.failure === undefined) {
      await this.#flush.durable().catch(this.#problem)
      try {
        if (this.#wal !== undefined) this.#database.exec('pragma wal_checkpoint(truncate)')
      } catch (error) {
        this.#problem(error)
      }
    }
    this.#database.close()
    if (this.#wal !== undefined) closeSync(this.#wal)
  }
}
