import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'

/** Accounts and Regions that are counted; one that is not there has its full measure. */
const MOST_BUCKETS = 10_000

interface Bucket {
  tokens: number
  /** Milliseconds. */
  at: number
}

/**
 * Refuses calls of an account in a Region that come faster than `perSecond`, by the time of the calls; a second's worth is the most that is
 * saved up. Holds for one process. Source: surroundings.md 1.5.
 */
export class Throttle {
  readonly #perSecond: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Counts a call; the refusal when it is one too many. */
  refusal({ account, region, now }: Call): ApiError | undefined {
    const name = `${account} ${region}`
    const most = this.#perSecond
    const bucket = this.#buckets.get(name) ?? { tokens: most, at: now }
    // Put last: the one unused for longest goes first.
    this.#buckets.delete(name)
    this.#buckets.set(name, bucket)
    if (this.#buckets.size > MOST_BUCKETS) this.#buckets.delete(this.#buckets.keys().next().value as string)
    // A clock that was set back gives nothing, and takes nothing.
    bucket.tokens = Math.min(most, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * most)
    bucket.at = now
    if (bucket.tokens < 1) return new ApiError('ThrottlingException', 'Rate exceeded')
    bucket.tokens -= 1
    return undefined
  }
}
