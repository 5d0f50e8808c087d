import type { Cell, StoredTier } from './model/parameter.ts'

interface Estimate {
  count: number
  /** Parameters that may still be made before the store is asked again. */
  trusted: number
}

/** At most so many are made by this process before the store is asked again: other processes make some too. */
const MOST_TRUSTED = 1000

/**
 * The number of parameters of a tier in each account and region, so that making one does not count them all. It is asked of the
 * store the more often the fewer are left, and always before a refusal: what is refused is refused for a count that is true.
 */
export class ParameterQuota {
  readonly most: Readonly<Record<StoredTier, number>>
  readonly #estimates = new Map<string, Estimate>()

  constructor(most: Readonly<Record<StoredTier, number>>) {
    this.most = most
  }

  /**
   * Whether one more of the tier fits. `count` asks the store, and need not count beyond the number that it is given. A write that
   * fails afterwards, or a deletion, leaves a number that is too high: it is corrected before it refuses anybody.
   */
  async fits({ account, region }: Cell, tier: StoredTier, count: (most: number) => Promise<number>): Promise<boolean> {
    const most = this.most[tier]
    const key = `${account}/${region}/${tier}`
    let estimate = this.#estimates.get(key)
    if (estimate === undefined || estimate.trusted <= 0 || estimate.count >= most) {
      const counted = await count(most)
      estimate = { count: counted, trusted: Math.min(MOST_TRUSTED, (most - counted) >> 2) }
      this.#estimates.set(key, estimate)
    }
    return estimate.count < most
  }

  /** One more of the tier is made. */
  made({ account, region }: Cell, tier: StoredTier): void {
    const estimate = this.#estimates.get(`${account}/${region}/${tier}`)
    if (estimate === undefined) return
    estimate.count++
    estimate.trusted--
  }

  clear(): void {
    this.#estimates.clear()
  }
}
