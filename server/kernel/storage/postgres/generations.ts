import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Scope } from '#kernel/storage/storage'

/** Milliseconds between two looks at the table when nobody calls. */
const POLL_MS = 400
/** A look that began longer ago than this proves nothing any more. */
const TRUST_MS = 950
/** A look without an answer for so long: the connection is dead, and another one is made. */
const SILENCE_MS = 2_000
const CHANNEL = 'strongroom_generation'

const SCOPES: readonly Scope[] = ['iam', 'kms', 'secrets']

/**
 * Knows within a second when a unit on any node has touched a scope. The table `store_generation` is the truth, read
 * every 400 ms on a connection of its own; a notification only makes the next look come at once. It is sent after the
 * commit, not in it: a transaction that notifies holds a lock of the whole database while it commits, so writers would
 * go one after another. While the table can't be read every number is a new one: nothing cached counts as valid.
 */
export class Generations {
  readonly #config: pg.ClientConfig
  readonly #problem: (problem: unknown) => void
  readonly #numbers: Record<Scope, number> = { iam: 1, kms: 1, secrets: 1 }
  /**
   * What the table said when we last looked. Our own commits are not added here: a look may see one before we have its
   * reply, and a commit that was counted twice would hide another node's. So each is noticed twice, which costs a refill.
   */
  readonly #seen: Record<Scope, number> = { iam: 0, kms: 0, secrets: 0 }
  /** When the last look that succeeded began (milliseconds, monotonic). */
  #lookedAt = Number.NEGATIVE_INFINITY
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
    if (performance.now() - this.#lookedAt > TRUST_MS) this.#numbers[scope]++
    return this.#numbers[scope]
  }

  /** All of them, as they are now. */
  snapshot(): Record<Scope, number> {
    return { iam: this.of('iam'), kms: this.of('kms'), secrets: this.of('secrets') }
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
    // nothing is known until a look succeeds again
    this.#lookedAt = Number.NEGATIVE_INFINITY
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
    const began = performance.now()
    try {
      const { rows } = await client.query<{ scope: string; value: number }>(
        'select scope, sum(value) as value from store_generation group by scope',
      )
      const sums = new Map(rows.map(({ scope, value }) => [scope, value]))
      for (const scope of SCOPES) {
        const sum = sums.get(scope) ?? 0
        if (sum !== this.#seen[scope]) this.#numbers[scope]++
        this.#seen[scope] = sum
      }
      this.#lookedAt = began
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
