import type { Unit } from '#kernel/storage/storage'
import type { Backlog, Deliveries } from './store.ts'

/**
 * What an account may have on its way to targets. Each event may go to many targets, and what arrives at another bus to many again:
 * without an end one request could fill the disk, and everybody's jobs.
 */
const MOST_ON_ITS_WAY: Backlog = { deliveries: 100_000, bytes: 256 * 1024 * 1024 }

/** Between two counts of one account, milliseconds. In between, what is put down is counted here; what other processes put is not. */
const COUNTED_MS = 1000
/** Accounts that are counted. */
const MOST_ACCOUNTS = 10_000

interface Counted {
  readonly at: number
  deliveries: number
  bytes: number
}

/** Whether there is room for more deliveries of an account. */
export class Room {
  readonly #deliveries: (unit: Unit) => Pick<Deliveries, 'backlog'>
  readonly #most: Backlog
  readonly #counted = new Map<string, Counted>()

  constructor(deliveries: (unit: Unit) => Pick<Deliveries, 'backlog'>, most: Backlog = MOST_ON_ITS_WAY) {
    this.#deliveries = deliveries
    this.#most = most
  }

  /** Takes room for one delivery of some size; false: there is none. */
  async take(unit: Unit, account: string, bytes: number, now: number): Promise<boolean> {
    let counted = this.#counted.get(account)
    if (counted === undefined || now < counted.at || now - counted.at >= COUNTED_MS) {
      counted = { at: now, ...(await this.#deliveries(unit).backlog(account)) }
      this.#counted.delete(account)
      this.#counted.set(account, counted)
      if (this.#counted.size > MOST_ACCOUNTS) this.#counted.delete(this.#counted.keys().next().value as string)
    }
    if (counted.deliveries >= this.#most.deliveries || counted.bytes + bytes > this.#most.bytes) return false
    counted.deliveries++
    counted.bytes += bytes
    return true
  }
}
