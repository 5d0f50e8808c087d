import { ApiError } from '#kernel/error'

/** How many may work at a time, and how many may wait: all together, and of one principal. */
export interface Room {
  readonly atOnce: number
  readonly waiting: number
  readonly ofOne: number
}

/**
 * Turns at slow work of which a processor does only some at a time. Principals take turns, however much each of them wants:
 * nobody waits behind all that another one has asked for.
 */
export class Turns {
  readonly #room: Room
  #working = 0
  #waiting = 0
  /** Those who wait, by principal; the first one's turn is next. */
  readonly #lines = new Map<string, (() => void)[]>()

  constructor(room: Room) {
    this.#room = room
  }

  /** Works when it is the turn of `who` (an ARN). Throws ThrottlingException when too many wait already. */
  async take<T>(who: string, work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#room.atOnce) await this.#wait(who)
    else this.#working++
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #wait(who: string): Promise<void> {
    const line = this.#lines.get(who) ?? []
    if (this.#waiting >= this.#room.waiting || line.length >= this.#room.ofOne)
      throw new ApiError('ThrottlingException', 'Rate exceeded')
    this.#waiting++
    this.#lines.set(who, line)
    return new Promise((resolve) => line.push(resolve))
  }

  /** The turn of whoever is next, or of nobody. */
  #next(): void {
    const [first] = this.#lines
    if (first === undefined) {
      this.#working--
      return
    }
    const [who, line] = first
    const turn = line.shift()
    this.#waiting--
    // To the end: the others are before him now.
    this.#lines.delete(who)
    if (line.length > 0) this.#lines.set(who, line)
    turn?.()
  }
}

/**
 * Private operations, milliseconds each: one less than libuv's threads, which sync the store too, so that this never waits for
 * more than one of them; and few ahead of anybody on the thread that signs digests.
 */
export const privately = new Turns({ atOnce: 3, waiting: 4096, ofOne: 1024 })
