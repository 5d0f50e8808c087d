import { limitExceeded } from './model/refusals.ts'
import type { Cell } from './model/names.ts'

/** How many sessions an account has at a time in a Region. Source: CloudWatch Logs quotas: 15. */
const OF_ACCOUNT = 15
/** And this process, of all accounts: each reads once a second. */
const OF_PROCESS = 200

/** The sessions of StartLiveTail that this process serves. */
export class Tails {
  readonly #most: { readonly account: number; readonly process: number }
  readonly #open = new Map<string, number>()
  #all = 0

  constructor(most: { readonly account?: number; readonly process?: number } = {}) {
    this.#most = { account: most.account ?? OF_ACCOUNT, process: most.process ?? OF_PROCESS }
  }

  /** How many there are now. */
  get size(): number {
    return this.#all
  }

  /** Throws LimitExceededException when there are too many. */
  begin(cell: Cell): void {
    const key = keyOf(cell)
    const own = this.#open.get(key) ?? 0
    if (own >= this.#most.account || this.#all >= this.#most.process) throw limitExceeded()
    this.#open.set(key, own + 1)
    this.#all++
  }

  /** One of those that began is over. */
  over(cell: Cell): void {
    const key = keyOf(cell)
    const left = (this.#open.get(key) ?? 0) - 1
    if (left > 0) this.#open.set(key, left)
    else this.#open.delete(key)
    this.#all--
  }
}

const keyOf = ({ account, region }: Cell): string => `${account}/${region}`
