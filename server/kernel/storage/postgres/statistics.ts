import type pg from 'pg'

/** Between two looks. PostgreSQL's own look comes every minute, when it is not switched off. */
const LOOK_MS = 10_000
/** Smaller tables are read quickly whatever the plan. */
const LEAST_BYTES = 64 * 1024

const WITHOUT = `
select c.oid::regclass::text as name from pg_class c
where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and pg_relation_size(c.oid) >= ${LEAST_BYTES}
  and not exists (select 1 from pg_stats s where s.schemaname = current_schema() and s.tablename = c.relname)`

/**
 * Tables that have grown and about which PostgreSQL knows nothing yet (a store that was just filled, or restored from a dump) are analyzed:
 * without statistics it takes all indexes for equal, and reads all secrets of an account to find one by its name.
 */
export class Statistics {
  readonly #pool: Pick<pg.Pool, 'query'>
  readonly #problem: (problem: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor(pool: Pick<pg.Pool, 'query'>, problem: (problem: unknown) => void) {
    this.#pool = pool
    this.#problem = problem
  }

  /** Looks now, and again from time to time. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => {
      this.#looking ??= this.look()
        .catch(this.#problem)
        .finally(() => {
          this.#looking = undefined
        })
    }, LOOK_MS).unref()
    await this.look()
  }

  /** Analyzes what has no statistics; nobody waits for a table that another node analyzes. */
  async look(): Promise<void> {
    const { rows } = await this.#pool.query<{ name: string }>(WITHOUT)
    // The names come quoted, where that is needed.
    for (const { name } of rows) await this.#pool.query(`analyze (skip_locked) ${name}`)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }
}
