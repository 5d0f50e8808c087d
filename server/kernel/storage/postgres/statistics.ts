import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/** Between two looks. PostgreSQL's own look comes every minute, when it is not switched off. */
const LOOK_MS = 15_000
/** The first look is waited for so long: what is read meanwhile is read slowly. */
const FIRST_MS = 5000
/** Smaller tables are read quickly whatever the plan. */
const LEAST_BYTES = 64 * 1024

const WITHOUT = `
select c.oid::regclass::text as name, pg_relation_size(c.oid) as size from pg_class c
where c.relkind = 'r' and c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
  and pg_has_role(c.relowner, 'usage') and pg_relation_size(c.oid) >= ${LEAST_BYTES}
  and not exists (select 1 from pg_stats s where s.schemaname = current_schema() and s.tablename = c.relname)
order by 2`

/**
 * Tables that have grown and about which PostgreSQL knows nothing yet (a store that was just filled, or restored from a dump) are analyzed:
 * without statistics it takes all indexes for equal, and reads all secrets of an account to find one by its name.
 */
export class Statistics {
  readonly #config: pg.ClientConfig
  readonly #problem: (problem: unknown) => void
  /** By name, the size of a table when it was tried last: one that is empty gets no statistics, and one may be too large for them. */
  #tried = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #client: pg.Client | undefined
  #stopped = false

  /** @param config of a connection of its own, which may take its time */
  constructor(config: pg.ClientConfig, problem: (problem: unknown) => void) {
    this.#config = { ...config, statement_timeout: 0, lock_timeout: 0, query_timeout: 0 }
    this.#problem = problem
  }

  /** Looks now, and again from time to time. Settles when the first look is over, or takes long. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref()
    await Promise.race([this.look(), delay(FIRST_MS, undefined, { ref: false })])
  }

  /** Analyzes what has no statistics, the smallest first; what another node analyzes is passed over. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        if (!this.#stopped) this.#problem(error)
      })
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  /** Cuts off a look that goes on. */
  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
    // Nobody waits for it: a connection that has fallen silent does not end.
    this.#client?.end().catch(() => undefined)
  }

  async #look(): Promise<void> {
    if (this.#stopped) return
    const client = new pg.Client(this.#config)
    client.on('error', () => {
      // the statement that it cuts fails, and tells
    })
    this.#client = client
    try {
      await client.connect()
      const { rows } = await client.query<{ name: string; size: string }>(WITHOUT)
      const tried = new Map(rows.map(({ name }) => [name, this.#tried.get(name) ?? 0]))
      this.#tried = tried
      for (const { name, size } of rows) {
        if (this.#stopped) return
        if (Number(size) < 2 * (tried.get(name) as number)) continue
        tried.set(name, Number(size))
        // The names come quoted, where that is needed.
        await client.query(`analyze (skip_locked) ${name}`)
      }
    } finally {
      this.#client = undefined
      client.end().catch(() => undefined)
    }
  }
}
