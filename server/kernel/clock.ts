/** Where the time comes from. Nobody else asks the machine: tests and users of dev mode travel in time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now() }

/**
 * A clock that can be set: it stands still (`ticking: false`, tests) or runs on from where it was set (dev mode).
 * Only forward: a store that has seen a time must not see an earlier one.
 */
export class SettableClock implements Clock {
  #base: number
  #since: number
  readonly #ticking: boolean

  constructor(startMs: number, ticking = false) {
    this.#base = startMs
    this.#since = Date.now()
    this.#ticking = ticking
  }

  now(): number {
    return this.#ticking ? this.#base + (Date.now() - this.#since) : this.#base
  }

  /** Sets the time; an earlier one than now is ignored. */
  set(timeMs: number): void {
    if (timeMs < this.now()) return
    this.#base = timeMs
    this.#since = Date.now()
  }
}
