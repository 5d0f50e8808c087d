import { systemClock } from '#kernel/clock'
import type { Envelope } from '#kernel/events/event'
import { type EventQuery, eventsAfter, type Place as Position, START } from '#kernel/events/outbox'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'

export type { Envelope } from '#kernel/events/event'
export type { Place } from '#kernel/storage/beside'

/** Which events; what is not said is any. */
export interface Wanted extends EventQuery {
  /** How long ago at most, milliseconds. */
  readonly span?: number | undefined
}

/** Events of a page. */
const PAGE = 500
/** Places in a millisecond: see the outbox. */
const PLACES = 1000
/** What another node writes at the same time may appear behind what was read: so far back a follower looks, milliseconds. */
const OVERLAP_MS = 10_000
/** Ids that are remembered of what lies so far back. */
const MOST_SEEN = 100_000

/**
 * Hands over the events that services announced in the last 24 hours, the oldest first, and then, while `pause` answers true, those
 * that come. Works beside a running server and without one; needs its seal, as all commands do. Throws errors with a `hint`.
 */
export async function followEvents(
  place: Place,
  { span, ...query }: Wanted,
  each: (event: Envelope) => void,
  pause: () => Promise<boolean>,
): Promise<void> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    vault.close()
    const since = span === undefined ? 0 : systemClock.now() - span
    let from: Position = span === undefined ? START : { place: since * PLACES - 1, id: '' }
    let seen = new Map<string, number>()
    do {
      for (let more = true; more; ) {
        const events = await store.unit('read', (unit) => eventsAfter(unit, query, from, PAGE))
        for (const { id, place: at, envelope } of events) {
          if (!seen.has(id)) each(envelope)
          seen.set(id, at)
          from = { place: at, id }
        }
        // of a long list only the end can be met again
        if (seen.size > MOST_SEEN) for (const id of [...seen.keys()].slice(0, PAGE)) seen.delete(id)
        more = events.length === PAGE
      }
      const back = from.place - OVERLAP_MS * PLACES
      seen = new Map([...seen].filter(([, at]) => at >= back))
      if (seen.size > 0) from = { place: back, id: '' }
    } while (await pause())
  } finally {
    await store.close()
  }
}
