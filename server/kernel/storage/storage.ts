/** A value in a row. Booleans are 0/1, times are whole milliseconds, structured values are JSON text. */
export type Value = string | number | Uint8Array | null
export type Row = Readonly<Record<string, Value>>
export type Parameters = Readonly<Record<string, Value>>

/**
 * A statement with a name, written once for both engines: named parameters (`:account`), `bigint`, `text`, `bytea`,
 * `on conflict`, `returning`. `collate bytes` orders text by its bytes on both. Each engine compiles it once.
 */
export interface Statement {
  readonly name: string
  readonly sql: string
}

/** Declares a statement. `name` is unique: `secret/find-by-name`. */
export function statement(name: string, sql: string): Statement {
  return { name, sql }
}

/** Caches that depend on stored rows; a unit that changes such rows touches the scope. */
export type Scope = 'iam' | 'kms' | 'secrets' | 'parameters' | 'events' | 'trails'

/**
 * A unit of work: everything in it sees one state of the store; what a `write` unit changed becomes visible and durable
 * at once or not at all. Opened by the kernel only.
 */
export interface Unit {
  readonly effect: 'read' | 'write'
  /** First row or undefined. In a write unit a statement ending in `for update` locks its rows (no-op on SQLite). */
  get<R = Row>(statement: Statement, parameters: Parameters): Promise<R | undefined>
  all<R = Row>(statement: Statement, parameters: Parameters): Promise<R[]>
  /** Number of rows changed. */
  run(statement: Statement, parameters: Parameters): Promise<number>
  /** When this unit commits, everything that was cached of the scope is stale, on every node. */
  touch(scope: Scope): void
  /**
   * The scope's generation as it was when this unit began: what is read in this unit may be cached under this number,
   * and under no later one (on PostgreSQL another unit may commit while this one still sees the state before).
   */
  generation(scope: Scope): number
  /**
   * Runs in the unit when its work has ended well, before the commit; several in the order in which they came. A throw rolls the
   * unit back. Not when the unit fails, and of no use in a read unit.
   */
  beforeCommit(work: () => Promise<void>): void
  /** Runs after the commit, before the answer; not at all when the unit fails. Must not throw. */
  afterCommit(work: () => void): void
}

/** What `durable` answers when all is on disk already: the hot path does not wait for it, which spares a turn of promises. */
export const DURABLE: Promise<void> = Promise.resolve()

/** The store, SQLite or PostgreSQL. */
export interface Storage {
  readonly engine: 'sqlite' | 'postgres'
  /**
   * Runs `work` in a unit. A throw rolls it back. When the engine reports a conflict with another unit (deadlock,
   * serialization failure, unique key taken meanwhile) the whole work runs again, up to a bound: it must be free of
   * effects outside the unit.
   */
  unit<T>(effect: 'read' | 'write', work: (unit: Unit) => Promise<T> | T): Promise<T>
  /**
   * Settles when all that any caller can have seen by now would survive a power cut; rejects when that can't be said. `DURABLE`
   * itself: it would, right now.
   */
  durable(): Promise<void>
  /** Counts up whenever a unit that touched the scope has committed anywhere; a cached value is valid for one number. */
  generation(scope: Scope): number
  /** True when the store can be read and written now. */
  healthy(): Promise<boolean>
  /** Why `healthy` said no the last time: words for anybody, without anything secret. */
  readonly trouble?: string | undefined
  close(): Promise<void>
}
