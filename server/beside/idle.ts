import { systemClock } from '#kernel/clock'
import type { Place } from '#kernel/storage/beside'
import { type IdleSecret, idleSecrets, type Scope } from '../services/secretsmanager/oversight.ts'
import { LIST_PRICES, type Prices } from './cost/prices.ts'
import { overseeing } from './oversight.ts'

const DAY_MS = 86_400_000

/** A secret that nobody reads, who read it last as far as calls are counted, and what keeping it costs. */
export interface Idle extends IdleSecret {
  readonly lastReader: { readonly principal: string; readonly at: number } | undefined
  /** Days since it was read, or made. */
  readonly days: number
  /** By list price. */
  readonly monthly: number
}

/** Which secrets count. */
export interface IdleQuery extends Scope {
  /** So many days without a reader, at least. */
  readonly days: number
  /** Only those that were never read. */
  readonly never: boolean
  readonly now?: number
  readonly prices?: Prices
}

/** Secrets that nobody has read for some days, the longest first in each account and Region; from LastAccessedDate, in whole days. */
export function idle(place: Place, { days, never, ...query }: IdleQuery): AsyncGenerator<Idle> {
  return overseeing(place, async function* ({ read, usage }) {
    const now = query.now ?? systemClock.now()
    const before = now - days * DAY_MS
    for await (const page of idleSecrets(read, before, query)) {
      const readers = await usage.lastReaders(page.map(({ arn }) => arn))
      for (const secret of page) {
        const lastReader = readers.get(secret.arn)
        // what was read a moment ago is in the trail before it is in the store
        if ((lastReader?.at ?? 0) >= before || (never && (secret.lastDay !== undefined || lastReader !== undefined)))
          continue
        const since = lastReader?.at ?? secret.lastDay ?? secret.createdAt
        const monthly = secret.owningService === 'events' ? 0 : (query.prices ?? LIST_PRICES).secretMonth
        yield { ...secret, lastReader, days: Math.floor((now - since) / DAY_MS), monthly }
      }
    }
  })
}
