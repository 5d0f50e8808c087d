import { StorageError } from '#kernel/storage/error'

/** What a turn is wanted for. */
export type Purpose = 'read' | 'write' | 'alone'

interface Waiter {
  readonly purpose: Purpose
  resolve(): void
  reject(error: Error): void
}

/**
 * One at a time, first come first served; free when nobody waits. Whoever keeps the turn too long (a unit inside a unit,
 * which waits for itself, or one that waits for something that never comes) makes those who wait fail, not hang.
 */
export class Turns {
  #taken = false
  #waiting: Waiter[] = []
  #given = 0
  #watch: NodeJS.Timeout | undefined
  readonly #patienceMs: number

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  /** Undefined when the turn is ours at once (the common case, and then nothing was allocated), else wait for it. */
  take(purpose: Purpose): Promise<void> | undefined {
    if (!this.#taken) {
      this.#taken = true
      return undefined
    }
    if (this.#watch === undefined) this.#watchFrom(this.#given)
    return new Promise((resolve, reject) => this.#waiting.push({ purpose, resolve, reject }))
  }

  /** Whether somebody has the turn. */
  get taken(): boolean {
    return this.#taken
  }

  /** What the turn will be used for next; undefined when nobody waits. */
  get next(): Purpose | undefined {
    return this.#waiting[0]?.purpose
  }

  /** Passes the turn to who waits longest. */
  give(): void {
    this.#given++
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken = false
    else next.resolve()
  }

  #watchFrom(given: number): void {
    this.#watch = setTimeout(() => {
      this.#watch = undefined
      if (this.#waiting.length === 0) return
      if (this.#given !== given) return this.#watchFrom(this.#given)
      const waiting = this.#waiting
      this.#waiting = []
      for (const { reject } of waiting)
        reject(
          new StorageError(`a unit of work has been open for more than ${this.#patienceMs} ms`, {
            hint: 'is one opened inside another?',
          }),
        )
    }, this.#patienceMs)
    this.#watch.unref()
  }
}
