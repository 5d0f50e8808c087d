/** A request that waits for its turn. */
interface Waiting {
  readonly grant: () => void
}

/** What one account has. */
interface Share {
  taken: number
  waiting: number
  /** By function, the one whose turn is next first. */
  readonly lines: Map<string, Waiting[]>
}

/** No room, and none will be soon. */
export class Full extends Error {}

/** What all accounts together have of what one has at most: an account whose functions never end leaves others some. */
const ALL_TO_ONE = 4 / 3
/** The part of the line that one account may fill, and the part beyond which only who has nothing in it may wait. */
const LINE_OF_ONE = 3 / 4
const LINE_OF_MANY = 9 / 10

/** Places of all accounts together, when one may have `most`. */
export const placesOf = (most: number): number => Math.ceil(most * ALL_TO_ONE)

/**
 * Places for sandboxes: a bounded number of them, given out fairly. One account has `most` of them at the most, all together a
 * third more, and the last one goes to an account that has none. Accounts that wait take turns, and so do the functions of each,
 * whatever number of events they have; within a function it is the order of arrival.
 */
export class Turns {
  readonly #most: number
  readonly #mostWaiting: number
  /** The one whose turn is next first. */
  readonly #shares = new Map<string, Share>()
  #taken = 0
  #waits = 0

  constructor(most: number, mostWaiting: number) {
    this.#most = most
    this.#mostWaiting = mostWaiting
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#waits
  }

  /**
   * Waits for a place of an account, for one of its functions. Throws Full when too many wait, or `waitMs` have passed; the
   * signal's reason when it is aborted. Who waits may not have a place yet: `free` gives it away first.
   */
  take(account: string, name: string, waitMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const share = this.#shares.get(account) ?? { taken: 0, waiting: 0, lines: new Map() }
    if (this.#mayTake(share)) {
      this.#shares.set(account, share)
      this.#give(share)
      return Promise.resolve()
    }
    if (!this.#mayWait(share)) return Promise.reject(new Full('too many events wait'))
    this.#shares.set(account, share)
    return this.#wait(account, share, name, waitMs, signal)
  }

  #mayTake({ taken }: Share): boolean {
    const places = placesOf(this.#most)
    return taken < this.#most && this.#taken < (taken === 0 ? places : places - 1)
  }

  #mayWait({ waiting }: Share): boolean {
    const most = this.#mostWaiting
    if (waiting === 0) return this.#waits < most
    return waiting < Math.ceil(most * LINE_OF_ONE) && this.#waits < Math.ceil(most * LINE_OF_MANY)
  }

  #give(share: Share): void {
    share.taken++
    this.#taken++
  }

  #wait(account: string, share: Share, name: string, waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const line = share.lines.get(name) ?? []
    share.lines.set(name, line)
    const leave = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      this.#waits--
      share.waiting--
      line.splice(line.indexOf(waiting), 1)
      if (line.length === 0) share.lines.delete(name)
      this.#forget(account, share)
    }
    const waiting: Waiting = {
      grant: () => {
        this.#give(share)
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
    share.waiting++
    this.#waits++
    return promise
  }

  /** Gives a place of an account back: the next who may have it has it. */
  free(account: string): void {
    const share = this.#shares.get(account)
    if (share === undefined || share.taken === 0) throw new Error('a place that nobody has was given back')
    share.taken--
    this.#taken--
    this.#forget(account, share)
    while (this.#next());
  }

  #next(): boolean {
    for (const [account, share] of this.#shares) {
      const [name, line] = share.lines.entries().next().value ?? []
      const next = line?.[0]
      if (name === undefined || line === undefined || next === undefined || !this.#mayTake(share)) continue
      // Account and function go to the ends of their rounds.
      share.lines.delete(name)
      share.lines.set(name, line)
      this.#shares.delete(account)
      this.#shares.set(account, share)
      next.grant()
      return true
    }
    return false
  }

  #forget(account: string, { taken, waiting }: Share): void {
    if (taken === 0 && waiting === 0) this.#shares.delete(account)
  }
}
