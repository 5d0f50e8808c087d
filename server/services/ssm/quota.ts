import type { Cell, StoredTier } from './model/parameter.ts'

interface Estimate {
  count: number
  /** Parameters that may still be made before the store is asked again. */
  trusted: number
}

/** At most so many are made by this process before the store is asked again: other processes make some too. */
const MOST_TRUSTED = 1000
/** When no more than so many are left, they are made one after the other, everywhere, and counted each time. */
const NEAR = 256

/**
 * The number of parameters of a tier in each account and region, so that making one does not count them all. It is asked of the
 * store the more often the fewer are left, and always before a refusal: what is refused is refused for a count that is true. The last
 * ones wait for each other, so that no limit is passed, whoever makes them at once (up to eight nodes).
 */
export class ParameterQuota {
  readonly most: Readonly<Record<StoredTier, number>>
  readonly #estimates = new Map<string, Estimate>()

  constructor(most: Readonly<Record<StoredTier, number>>) {
    this.most = most
  }

  /**
   * Whether one more of the tier fits. `count` asks the store, and need not count beyond the number that it is given; `alone` waits
   * for those who make one too, until their units are over. A write that fails afterwards, or a deletion, leaves a number that is too
   * high: it is corrected before it refuses anybody.
   */
  async fits(
    { account, region }: Cell,
    tier: StoredTier,
    count: (most: number) => Promise<number>,
    alone: () => Promise<void>,
  ): Promise<boolean> {
    const most = this.most[tier]
    const key = `${account}/${region}/${tier}`
    const before = this.#estimates.get(key)
    if (before !== undefined && before.trusted > 0 && before.count < most) return true
    const wasNear = before !== undefined && isNear(most - before.count)
    if (wasNear) await alone()
    let counted = await count(most)
    if (!wasNear && isNear(most - counted)) {
      await alone()
      counted = await count(most)
    }
    const left = most - counted
    // Eight nodes that trust as much make half of them.
    this.#estimates.set(key, { count: counted, trusted: left > NEAR ? Math.min(MOST_TRUSTED, left >> 4) : 0 })
    return left > 0
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

const isNear = (left: number) => left > 0 && left <= NEAR
