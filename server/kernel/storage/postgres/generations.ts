import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Scope } from '#kernel/storage/storage'

/** Milliseconds between two looks at the table when nobody calls. */
const POLL_MS = 400
/** A look without an answer for so long: the connection is dead, and another one is made. */
const SILENCE_MS = 2_000
const CHANNEL = 'strongroom_generation'

const SCOPES: readonly string[] = ['iam', 'kms', 'secrets', 'parameters', 'events', 'trails'] satisfies Scope[]
const isScope = (name: string): name is Scope => SCOPES.includes(name)

/** How often each scope was touched: one row a scope. Run first in a unit, it says of which state the unit's reads are. */
export const SUMS = {
  name: 'store/generations',
  text: 'select scope, sum(value) as value from store_generation group by scope',
}
/** A row of its answer. */
export interface Sum {
  readonly scope: string
  readonly value: number
}

/** What a unit began with: the numbers that caches go by, and what the table had said when they were given. */
export interface Known {
  readonly numbers: Readonly<Record<Scope, number>>
  readonly seen: Readonly<Record<Scope, number>>
}

/**
 * Knows when a unit on any node has touched a scope. The table `store_generation` is the truth: every unit reads it in its own
 * snapshot (without a round trip of its own) and is done again when it went by older numbers, so nothing cached outlives a change
 * that was answered anywhere. Besides it is looked at every 400 ms and when another node tells of a commit, so that most
 * units begin with the right numbers. The notification is sent after the commit, not in it: a transaction that notifies holds a
 * lock of the whole database while it commits, so writers would go one after another.
 */
export class Generations {
  readonly #config: pg.ClientConfig
  readonly #problem: (problem: unknown) => void
  readonly #numbers: Record<Scope, number> = { iam: 1, kms: 1, secrets: 1, parameters: 1, events: 1, trails: 1 }
  /**
   * What the table said when we last looked. Our own commits are not added here: a look may see one before we have its
   * reply, and a commit that was counted twice would hide another node's. So each is noticed twice, which costs a refill.
   */
  readonly #seen: Record<Scope, number> = { iam: 0, kms: 0, secrets: 0, parameters: 0, events: 0, trails: 0 }
  #client: pg.Client | undefined
  #closed = false
  #looking: Promise<void> | undefined
  #lookAgain = false
  #telling = false
  #timer: NodeJS.Timeout | undefined
  #connecting: Promise<void> | undefined

  constructor(config: pg.ClientConfig, problem: (problem: unknown) => void) {
    this.#config = config
    this.#problem = problem
  }

  /** Connects and looks once; throws when that fails. */
  async start(): Promise<void> {
    await this.#connect()
    await this.#look()
    this.#schedule()
  }

  of(scope: Scope): number {
    return this.#numbers[scope]
  }

  /** All of them, as they are now. */
  snapshot(): Known {
    return { numbers: { ...this.#numbers }, seen: { ...this.#seen } }
  }

  /** The numbers after these sums were found: exact for the snapshot that they come from, or a later one. */
  exactly(sums: readonly Sum[]): Readonly<Record<Scope, number>> {
    this.#observe(sums)
    return { ...this.#numbers }
  }

  /** Whether a unit that found these sums went by numbers that were old. They are new ones from now on. */
  outdated({ seen }: Known, asked: ReadonlySet<Scope>, sums: readonly Sum[]): boolean {
    this.#observe(sums)
    return sums.some(({ scope, value }) => isScope(scope) && asked.has(scope) && value > seen[scope])
  }

  /** Sums only grow: what is not more than was seen tells nothing new. */
  #observe(sums: readonly Sum[]): void {
    for (const { scope, value } of sums) {
      if (!isScope(scope) || value <= this.#seen[scope]) continue
      this.#seen[scope] = value
      this.#numbers[scope]++
    }
  }

  /** A unit of this node touched the scopes, and has committed or may have. */
  touched(scopes: readonly Scope[]): void {
    if (scopes.length === 0) return
    for (const scope of scopes) this.#numbers[scope]++
    this.#tell()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#connecting
    const client = this.#client
    this.#client = undefined
    await this.#looking
    await client?.end()
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ ...this.#config, pipeline: true, query_timeout: SILENCE_MS })
    client.on('notification', () => this.#lookSoon())
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client, undefined))
    await client.connect()
    if (this.#closed) return client.end()
    this.#client = client
    await client.query(`listen ${CHANNEL}`)
  }

  #lost(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return
    this.#client = undefined
    if (this.#closed) return
    if (error !== undefined) this.#problem(error)
    this.#connecting = this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    for (let pauseMs = 50; !this.#closed && this.#client === undefined; pauseMs = Math.min(pauseMs * 2, 1000)) {
      try {
        await delay(pauseMs, undefined, { ref: false })
        if (this.#closed) return
        await this.#connect()
        await this.#look()
      } catch (error) {
        this.#problem(error)
      }
    }
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#look().finally(() => this.#schedule())
    }, POLL_MS)
    this.#timer.unref()
  }

  #lookSoon(): void {
    if (this.#looking === undefined) void this.#look()
    else this.#lookAgain = true
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined
      if (!this.#lookAgain) return
      this.#lookAgain = false
      void this.#look()
    })
    return this.#looking
  }

  async #lookOnce(): Promise<void> {
    const client = this.#client
    if (client === undefined) return
    try {
      this.#observe((await client.query<Sum>(SUMS)).rows)
    } catch (error) {
      this.#problem(error)
    }
  }

  /** One notification for all commits of one turn of the event loop. */
  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    setImmediate(() => {
      this.#telling = false
      // when it does not get through, the others look by themselves
      this.#client?.query(`notify ${CHANNEL}`).catch(this.#problem)
    })
  }
}
