import { tooManySecrets } from './model/refusals.ts'
import type { Cell } from './rows.ts'

interface Estimate {
  count: number
  /** Secrets made here since the store was asked. */
  made: number
}

/** After so many secrets made by this process the store is asked again: other processes make some too. */
const TRUSTED = 1000
/** While there is more room than this many times as much, later: so many processes together would not make too many. */
const PROCESSES = 64

/**
 * The number of secrets in each account and region, so that making one does not count them all. It is asked of the store
 * now and then, and always before a refusal: what is refused is refused for a count that is true.
 */
export class SecretQuota {
  readonly #most: number
  readonly #estimates = new Map<string, Estimate>()

  constructor(most: number) {
    this.#most = most
  }

  /** Refuses one more secret when there are as many as an account may have. */
  async check({ account, region }: Cell, count: () => Promise<number>): Promise<void> {
    const key = `${account}/${region}`
    let estimate = this.#estimates.get(key)
    if (estimate === undefined || estimate.made >= this.#trusted(estimate) || estimate.count >= this.#most) {
      estimate = { count: await count(), made: 0 }
      this.#estimates.set(key, estimate)
    }
    if (estimate.count >= this.#most) throw tooManySecrets()
    estimate.count++
    estimate.made++
  }

  /** How many may be made until the store is asked again. */
  #trusted({ count, made }: Estimate): number {
    return Math.max(TRUSTED, Math.floor((this.#most - count + made) / PROCESSES))
  }
}
