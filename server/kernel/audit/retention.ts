import type { KeyObject } from 'node:crypto'
import { positionsIn } from '#kernel/audit/positions'
import type { PruneOrder } from '#kernel/audit/pruning'
import type { Clock } from '#kernel/clock'
import type { Storage } from '#kernel/storage/storage'

/** What the retention of the journal works with. */
export interface RetentionParts {
  /** Records that are older go. */
  readonly keptMs: number
  readonly clock: Clock
  readonly storage: Storage
  /** Of the vault, `macKey('audit/follower')`. */
  readonly key: KeyObject
  /** Who follows here: each must have taken what goes. */
  readonly followers: readonly string[]
  /** One bounded step; answers how many records went, or may go. */
  readonly prune: (order: PruneOrder) => Promise<number>
  /** Leaves a record in the trail: from now on records older than this are taken out. Durable when it settles. */
  readonly record: (before: number) => Promise<void>
  readonly onProblem: (error: unknown) => void
}

const EVERY_MS = 3_600_000
const FIRST_MS = 60_000
/** Of the machine, between two steps: the journal is written meanwhile. */
const PAUSE_MS = 20
/** A follower that nobody has been for so long holds nothing back. */
const FORGOTTEN_MS = 7 * 86_400_000

/** Takes out of the journal what is older than it is to be kept, and what everybody has taken. */
export class Retention {
  readonly #parts: RetentionParts
  #timer: NodeJS.Timeout | undefined
  #running: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  start(): void {
    this.#wait(FIRST_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.run()
        .catch(this.#parts.onProblem)
        .finally(() => {
          if (!this.#stopped) this.#wait(EVERY_MS)
        })
    }, ms).unref()
  }

  /** Takes out all that may go; answers how many records. Nothing goes while a position was tampered with. */
  async run(): Promise<number> {
    const { keptMs, clock, storage, key, followers, prune, record } = this.#parts
    const now = clock.now()
    const before = now - keptMs
    const { positions, problems } = await storage.unit('read', (unit) => positionsIn(unit, key))
    if (problems[0] !== undefined) throw new Error(`${problems[0]}: nothing is pruned`)
    const names = new Set(positions.map(({ name }) => name))
    // Who has not begun has taken nothing.
    if (followers.some((name) => !names.has(name))) return 0
    const places = positions
      .filter(({ name, seenAt }) => followers.includes(name) || seenAt > now - FORGOTTEN_MS)
      .map(({ text }) => text)
    if ((await prune({ before, places, now, dry: true })) === 0) return 0
    await record(before)
    let records = 0
    while (!this.#stopped) {
      const gone = await prune({ before, places, now })
      if (gone === 0) break
      records += gone
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    return records
  }
}
