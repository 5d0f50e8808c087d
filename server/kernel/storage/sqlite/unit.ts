import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { bind, type CompiledStatement, compile } from '#kernel/storage/dialect'
import { StorageError } from '#kernel/storage/error'
import type { Parameters, Row, Scope, Statement, Unit, Value } from '#kernel/storage/storage'

interface Prepared {
  readonly compiled: CompiledStatement
  readonly handle: StatementSync
  /** Names of the columns of an answer, asked once. */
  columns: readonly string[] | undefined
}

/** The statements of one connection, each prepared at its first use and kept. */
export class Statements {
  readonly #database: DatabaseSync
  readonly #prepared = new Map<Statement, Prepared>()
  readonly #texts = new Map<string, string>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  of(statement: Statement): Prepared {
    return this.#prepared.get(statement) ?? this.#prepare(statement)
  }

  #prepare(statement: Statement): Prepared {
    const other = this.#texts.get(statement.name)
    if (other !== undefined && other !== statement.sql)
      throw new StorageError(`two statements are named ${statement.name}`)
    this.#texts.set(statement.name, statement.sql)
    const compiled = compile(statement, 'sqlite')
    const handle = this.#database.prepare(compiled.text, { returnArrays: true })
    const prepared = { compiled, handle, columns: undefined }
    this.#prepared.set(statement, prepared)
    return prepared
  }
}

function columnsOf(prepared: Prepared): readonly string[] {
  prepared.columns ??= prepared.handle.columns().map((column) => column.name)
  return prepared.columns
}

function toRow(columns: readonly string[], values: readonly unknown[]): Row {
  const row: Record<string, Value> = {}
  for (let i = 0; i < columns.length; i++) {
    const value = values[i] as Value
    // both engines answer Buffers
    row[columns[i] as string] =
      typeof value === 'object' && value !== null
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        : value
  }
  return row
}

const none: readonly never[] = []

/** A unit on the one connection. The storage sees to it that no other one is open meanwhile. */
export class SqliteUnit implements Unit {
  readonly effect: 'read' | 'write'
  /** Whether anything was written: a unit that only looked needs no flush. */
  wrote = false
  /** The first statement that failed: the unit can't commit any more (PostgreSQL would not let it either). */
  failure: unknown
  readonly #statements: Statements
  readonly #generation: (scope: Scope) => number
  #open = true
  #touched: Set<Scope> | undefined
  #before: (() => Promise<void>)[] | undefined
  #after: (() => void)[] | undefined

  constructor(effect: 'read' | 'write', statements: Statements, generation: (scope: Scope) => number) {
    this.effect = effect
    this.#statements = statements
    this.#generation = generation
  }

  async get<R = Row>(statement: Statement, parameters: Parameters): Promise<R | undefined> {
    const prepared = this.#take(statement)
    try {
      const values = prepared.handle.get(...bind(prepared.compiled, parameters)) as readonly unknown[] | undefined
      return values === undefined ? undefined : (toRow(columnsOf(prepared), values) as R)
    } catch (error) {
      throw this.#failed(statement, error)
    }
  }

  async all<R = Row>(statement: Statement, parameters: Parameters): Promise<R[]> {
    const prepared = this.#take(statement)
    try {
      const rows = prepared.handle.all(
        ...bind(prepared.compiled, parameters),
      ) as unknown as readonly (readonly unknown[])[]
      const columns = columnsOf(prepared)
      return rows.map((values) => toRow(columns, values) as R)
    } catch (error) {
      throw this.#failed(statement, error)
    }
  }

  async run(statement: Statement, parameters: Parameters): Promise<number> {
    const prepared = this.#take(statement)
    try {
      return prepared.handle.run(...bind(prepared.compiled, parameters)).changes as number
    } catch (error) {
      throw this.#failed(statement, error)
    }
  }

  touch(scope: Scope): void {
    this.#touched ??= new Set()
    this.#touched.add(scope)
  }

  generation(scope: Scope): number {
    return this.#generation(scope)
  }

  beforeCommit(work: () => Promise<void>): void {
    this.#before ??= []
    this.#before.push(work)
  }

  afterCommit(work: () => void): void {
    this.#after ??= []
    this.#after.push(work)
  }

  get touched(): Iterable<Scope> {
    return this.#touched ?? none
  }

  /** Does what is to be done before the commit. */
  async finish(): Promise<void> {
    for (const work of this.#before ?? none) await work()
  }

  get after(): Iterable<() => void> {
    return this.#after ?? none
  }

  /** The unit is over: a statement that comes now was not awaited, and is refused. */
  end(): void {
    this.#open = false
  }

  #take(statement: Statement): Prepared {
    if (!this.#open) throw new StorageError(`statement ${statement.name}: the unit is over; something was not awaited`)
    if (this.failure !== undefined)
      throw new StorageError(`statement ${statement.name}: the unit has failed`, { cause: this.failure })
    let prepared: Prepared
    try {
      prepared = this.#statements.of(statement)
    } catch (error) {
      throw this.#failed(statement, error)
    }
    if (!prepared.compiled.reads) {
      if (this.effect === 'read') throw this.#failed(statement, new StorageError('a read unit does not write'))
      this.wrote = true
    }
    return prepared
  }

  #failed(statement: Statement, cause: unknown): StorageError {
    const failure = engineError(`statement ${statement.name}`, cause)
    this.failure = failure
    return failure
  }
}

/** An error of SQLite as one of ours. SQLite's texts name tables and columns, never values. */
export function engineError(what: string, cause: unknown): StorageError {
  const code = (cause as { errcode?: unknown }).errcode
  return new StorageError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
    ...(typeof code === 'number' ? { code: String(code) } : {}),
    ...(isFull(cause) ? { hint: 'make room on the disk of the data directory: nothing of what failed was kept' } : {}),
  })
}

/** SQLITE_FULL: the disk (or what the user may have of it) is full. */
export const isFull = (error: unknown): boolean => resultOf(error) === 13

/** SQLITE_BUSY and its kin: another process holds the write lock. Source: sqlite.org/rescode.html. */
export function isBusy(error: unknown): boolean {
  return resultOf(error) === 5
}

/** SQLite's primary result code, of its error or of ours. NaN & 0xff is 0: no error has that. */
function resultOf(error: unknown): number {
  const { errcode, code } = (error ?? {}) as { errcode?: unknown; code?: unknown }
  return Number(errcode ?? code) & 0xff
}
