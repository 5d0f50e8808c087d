/** A request that waits for its turn. */
interface Waiting {
  readonly grant: () => void
}

/** No room, and none will be soon. */
export class Full extends Error {}

/**
 * Places for sandboxes: a bounded number of them, given out fairly. Functions that wait take turns, whatever number of events
 * each of them has; within a function it is the order of arrival.
 */
export class Turns {
  readonly #places: number
  readonly #mostWaiting: number
  /** By function, the one whose turn is next first. */
  readonly #waiting = new Map<string, Waiting[]>()
  #taken = 0
  #waits = 0

  constructor(places: number, mostWaiting: number) {
    this.#places = places
    this.#mostWaiting = mostWaiting
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#waits
  }

  /** Waits for a place. Throws Full when too many wait, or `waitMs` have passed; the signal's reason when it is aborted. */
  take(key: string, waitMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#taken < this.#places && this.#waits === 0) {
      this.#taken++
      return Promise.resolve()
    }
    if (this.#waits >= this.#mostWaiting) return Promise.reject(new Full('too many events wait'))
    return this.#wait(key, waitMs, signal)
  }

  #wait(key: string, waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const line = this.#waiting.get(key) ?? []
    this.#waiting.set(key, line)
    const leave = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      this.#waits--
      const at = line.indexOf(waiting)
      if (at >= 0) line.splice(at, 1)
      if (line.length === 0) this.#waiting.delete(key)
    }
    const waiting: Waiting = {
      grant: () => {
        leave()
        resolve()
      },
    }
    const abort = () => {
      leave()
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      leave()
      reject(new Full('no place became free in time'))
    }, waitMs)
    signal.addEventListener('abort', abort)
    line.push(waiting)
    this.#waits++
    return promise
  }

  /** Gives a place back: the next one has it. */
  free(): void {
    for (const [key, line] of this.#waiting) {
      const next = line[0]
      if (next === undefined) continue
      // Its function goes to the end of the round.
      this.#waiting.delete(key)
      this.#waiting.set(key, line)
      next.grant()
      if (line.length === 0) this.#waiting.delete(key)
      return
    }
    this.#taken--
  }
}
