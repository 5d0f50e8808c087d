import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Clock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import { StorageError } from '#kernel/storage/error'
import type { Migration } from '#kernel/storage/migration'
import type { Scope, Storage, Unit } from '#kernel/storage/storage'
import { connectionOf } from './connection.ts'
import { engineError, isConflict, isLost } from './errors.ts'
import { Generations, SUMS, type Sum } from './generations.ts'
import { migrate } from './migrate.ts'
import { Statistics } from './statistics.ts'
import { PostgresUnit, Statements } from './unit.ts'

/** How to open a store on a PostgreSQL server. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`; see `connectionOf`. */
  readonly url: string
  /** In the order in which they are applied; the storage's own come before them. */
  readonly migrations: readonly Migration[]
  readonly clock: Clock
  readonly random: Random
  /** Most connections of this process, besides one that listens. Default 10. */
  readonly connections?: number
  /** Told of problems that no caller can be told of: a connection that went while idle, an `afterCommit` that threw. */
  readonly onProblem?: (problem: unknown) => void
}

/** Most tries of a unit that conflicts with others. */
const TRIES = 12
/** Fewer when the conflict may be of our own making: the same key put twice by one unit never goes away. */
const KEY_TRIES = 5
/** Tries when the connection is lost before the commit: a pool may hold several that a restart has cut. */
const LOST_TRIES = 3
/** Tries when a unit began with numbers that another node's commit had made old. */
const OUTDATED_TRIES = 50

const BEGIN_READ = 'begin isolation level repeatable read, read only'
const BEGIN_WRITE = 'begin isolation level read committed, read write'
// Only a lost commit is not acceptable; remote_apply and the like are the administrator's choice.
const DURABLE =
  "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'"
const BUMP = `insert into store_generation (scope, shard, value) values ($1, $2, 1)
  on conflict (scope, shard) do update set value = store_generation.value + 1`
/** Writers that touch the same scope at once wait for each other only when they draw the same one. */
const SHARDS = 64

/** Opens (and migrates) a store on a PostgreSQL server. Throws StorageError. */
export async function openPostgres(options: PostgresOptions): Promise<Storage> {
  const config = connectionOf(options.url)
  const problem = options.onProblem ?? (() => undefined)
  const report = (error: unknown) => problem(engineError('the database', error))
  await migrate(config, options.migrations, options.clock, report)
  const generations = new Generations(config, report)
  try {
    await generations.start()
  } catch (error) {
    await generations.close()
    throw engineError('opening the database', error)
  }
  return PostgresStorage.open(config, generations, options, report)
}

class PostgresStorage implements Storage {
  readonly engine = 'postgres'
  readonly #pool: pg.Pool
  readonly #generations: Generations
  readonly #random: Random
  readonly #problem: (problem: unknown) => void
  readonly #statements = new Statements()
  readonly #statistics: Statistics
  #open = true

  constructor(
    config: pg.ClientConfig,
    generations: Generations,
    options: PostgresOptions,
    problem: (problem: unknown) => void,
  ) {
    this.#generations = generations
    this.#random = options.random
    this.#problem = problem
    // pipelined: what does not need the answer before is sent without waiting for it
    this.#pool = new pg.Pool({ ...config, max: options.connections ?? 10, idleTimeoutMillis: 60_000, pipeline: true })
    this.#pool.on('error', problem)
    this.#pool.on('connect', (client) => {
      // a connection that is cut while a unit has it and asks nothing: without a listener the process would end
      client.on('error', problem)
      client.query(DURABLE).catch(problem)
    })
    this.#statistics = new Statistics(config, problem)
  }

  /** For `openPostgres` only. */
  static async open(...parts: ConstructorParameters<typeof PostgresStorage>): Promise<Storage> {
    const storage = new PostgresStorage(...parts)
    await storage.#statistics.start()
    return storage
  }

  async unit<T>(effect: 'read' | 'write', work: (unit: Unit) => Promise<T> | T): Promise<T> {
    for (let tries = 1; ; tries++) {
      if (!this.#open) throw new StorageError('the store is closed')
      const outcome = effect === 'read' ? await this.#read(work) : await this.#write(work)
      if (outcome.done) return outcome.result
      if (tries >= outcome.tries) throw outcome.error
      if (outcome.outdated === true) continue
      await delay(this.#random.below(Math.min(2 ** tries, 200)) + 1)
    }
  }

  async #read<T>(work: (unit: Unit) => Promise<T> | T): Promise<Outcome<T>> {
    const client = await this.#connect()
    // before the state is fixed: what is read may be newer than the number says, never older
    const known = this.#generations.snapshot()
    const unit = new PostgresUnit('read', client, this.#statements, known.numbers)
    const begun = client.query(BEGIN_READ).catch((error: unknown) => {
      unit.failure ??= error
    })
    const sums = sumsOf(client, unit)
    try {
      const result = await work(unit)
      await begun
      const found = await sums
      if (unit.failure !== undefined) return failed(unit.failure, unit.failure)
      if (this.#generations.outdated(known, unit.asked, found)) return OUTDATED
      for (const after of unit.after) this.#guarded(after)
      return { done: true, result }
    } catch (error) {
      // a refusal by what is old is no refusal
      if (unit.failure === undefined && this.#generations.outdated(known, unit.asked, await sums)) return OUTDATED
      return failed(unit.failure, error)
    } finally {
      unit.end()
      // the caller need not wait for the end of a transaction that changed nothing
      this.#giveBack(client, client.query('commit'))
    }
  }

  async #write<T>(work: (unit: Unit) => Promise<T> | T): Promise<Outcome<T>> {
    const client = await this.#connect()
    let unit: PostgresUnit | undefined
    let committing = false
    try {
      // a statement of a write unit sees what was committed before it: later than these numbers, never earlier
      const [, sums] = await Promise.all([client.query(BEGIN_WRITE), client.query<Sum>(SUMS)])
      unit = new PostgresUnit('write', client, this.#statements, this.#generations.exactly(sums.rows))
      const result = await work(unit)
      await unit.finish()
      unit.end()
      if (unit.failure !== undefined) throw unit.failure
      committing = true
      await this.#commit(client, unit)
      this.#giveBack(client, Promise.resolve())
      this.#generations.touched(unit.touched)
      for (const after of unit.after) this.#guarded(after)
      return { done: true, result }
    } catch (error) {
      unit?.end()
      if (unit !== undefined && committing) {
        // whether it was committed is not known when the connection went; a conflict says that it was not
        this.#generations.touched(unit.touched)
        this.#giveBack(client, client.query('rollback'))
        const again = isConflict(error) && !isLost(error)
        return { done: false, error: engineError('commit', error), tries: again ? TRIES : 1 }
      }
      this.#giveBack(client, client.query('rollback'))
      // before there is a unit the database itself has failed
      return failed(unit === undefined ? error : unit.failure, error)
    }
  }

  async #commit(client: pg.PoolClient, unit: PostgresUnit): Promise<void> {
    const shard = this.#random.below(SHARDS)
    const sent = unit.touched.map((scope) =>
      client.query({ name: 'store/bump-generation', text: BUMP, values: [scope, shard] }),
    )
    const commit = client.query('commit')
    const [committed, ...bumps] = await Promise.allSettled([commit, ...sent])
    for (const bump of bumps) if (bump.status === 'rejected') throw bump.reason
    if (committed.status === 'rejected') throw committed.reason
    // a transaction in which something failed answers a commit with ROLLBACK, and no error
    if (committed.value.command !== 'COMMIT') throw new StorageError('the unit was rolled back by the database')
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw engineError('the database can not be reached', error)
    }
  }

  /** To the pool once the last statement is through; a connection on which that failed is closed. */
  #giveBack(client: pg.PoolClient, last: Promise<unknown>): void {
    last.then(
      () => client.release(),
      () => client.release(true),
    )
  }

  #guarded(after: () => void): void {
    try {
      after()
    } catch (error) {
      this.#problem(error)
    }
  }

  /** A commit is answered when it is durable (synchronous_commit), and nobody sees it before. */
  async durable(): Promise<void> {}

  generation(scope: Scope): number {
    return this.#generations.of(scope)
  }

  async healthy(): Promise<boolean> {
    if (!this.#open) return false
    try {
      const { rows } = await this.#pool.query<{ standby: number }>('select pg_is_in_recovery() as standby')
      return rows[0]?.standby === 0
    } catch (error) {
      this.#problem(error)
      return false
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    this.#statistics.stop()
    await this.#generations.close()
    await this.#pool.end()
  }
}

type Outcome<T> =
  | { readonly done: true; readonly result: T }
  | { readonly done: false; readonly error: unknown; readonly tries: number; readonly outdated?: true }

/** The unit went by what another node's commit had changed: again, with the numbers that it found. */
const OUTDATED: Outcome<never> = {
  done: false,
  error: new StorageError('other nodes change too much at once'),
  tries: OUTDATED_TRIES,
  outdated: true,
}

/** What the unit's own snapshot says of the generations, sent along with its first statement. */
function sumsOf(client: pg.PoolClient, unit: PostgresUnit): Promise<readonly Sum[]> {
  return client.query<Sum>(SUMS).then(
    ({ rows }) => rows,
    (error: unknown) => {
      unit.failure ??= error
      return []
    },
  )
}

/** `cause`: the first statement of the unit that failed. What the work made of it does not decide whether to try again. */
function failed(cause: unknown, error: unknown): Outcome<never> {
  const told = error === cause ? engineError('the unit', error) : error
  if (cause === undefined) return { done: false, error, tries: 1 }
  if (isConflict(cause))
    return { done: false, error: told, tries: (cause as { code?: string }).code === '23505' ? KEY_TRIES : TRIES }
  return { done: false, error: told, tries: isLost(cause) ? LOST_TRIES : 1 }
}
