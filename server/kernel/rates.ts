/** What is kept of one name: tokens that come back as time goes by. */
interface Bucket {
  tokens: number
  /** Milliseconds. */
  at: number
}

/** Names that are counted; one that is not there has its full measure. */
const MOST_BUCKETS = 10_000

/** How often something is done, by names (`111122223333 us-east-1`). Holds for one process. */
export class Rates {
  readonly #buckets = new Map<string, Bucket>()

  /** Counts once more, at the time `now`; false when that is faster than `perSecond`. A second's worth is the most that is saved up. */
  take(name: string, perSecond: number, now: number): boolean {
    const bucket = this.#buckets.get(name) ?? { tokens: perSecond, at: now }
    // Put last: the one unused for longest goes first.
    this.#buckets.delete(name)
    this.#buckets.set(name, bucket)
    if (this.#buckets.size > MOST_BUCKETS) this.#buckets.delete(this.#buckets.keys().next().value as string)
    // A clock that was set back gives nothing, and takes nothing.
    bucket.tokens = Math.min(perSecond, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }
}
