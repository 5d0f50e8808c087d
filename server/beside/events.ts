import { openAuditReader } from '#kernel/audit/offline'
import type { StoredRecord } from '#kernel/audit/reader'
import { systemClock } from '#kernel/clock'
import type { Envelope } from '#kernel/events/event'
import { type EventQuery, eventsAfter, type Place as Position, START } from '#kernel/events/outbox'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'
import { eventText } from '../services/events/delivery/event-text.ts'
import { eventOfRecord } from '../services/events/delivery/trail.ts'

export type { Envelope } from '#kernel/events/event'
export { type FailedEvent, failedEvents, redeliverEvents } from './failed-events.ts'
export type { Place } from '#kernel/storage/beside'

/** Which events; what is not said is any. */
export interface Wanted extends EventQuery {
  /** How long ago at most, milliseconds. */
  readonly span?: number | undefined
  /** The records of the audit trail too, as the events that they are: of the last 10,000. */
  readonly trail?: boolean | undefined
}

/** Records of the trail that are gone back to. */
const MOST_RECORDS = 10_000
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
  { span, trail = false, ...query }: Wanted,
  each: (event: Envelope) => void,
  pause: () => Promise<boolean>,
): Promise<void> {
  const store = await openBeside(place)
  const records = trail ? await openAuditReader(place) : undefined
  try {
    const vault = await openVaultBeside(store, place)
    vault.close()
    const since = span === undefined ? 0 : systemClock.now() - span
    const first = await records?.last(MOST_RECORDS)
    let position = first?.position
    let told: readonly StoredRecord[] = first?.records ?? []
    const fromTrail = async (): Promise<Envelope[]> => {
      const found = told.filter(({ eventTime }) => eventTime >= since).flatMap((record) => envelopeOf(record, query))
      if (records !== undefined && position !== undefined) ({ records: told, position } = await records.after(position))
      return found
    }
    let from: Position = span === undefined ? START : { place: since * PLACES - 1, id: '' }
    let seen = new Map<string, number>()
    do {
      const batch: Envelope[] = []
      for (let more = true; more; ) {
        const events = await store.unit('read', (unit) => eventsAfter(unit, query, from, PAGE))
        for (const { id, place: at, envelope } of events) {
          if (!seen.has(id)) batch.push(envelope)
          seen.set(id, at)
          from = { place: at, id }
        }
        // of a long list only the end can be met again
        if (seen.size > MOST_SEEN) for (const id of [...seen.keys()].slice(0, PAGE)) seen.delete(id)
        more = events.length === PAGE
        // without the trail there is nothing to put in order
        if (!trail) for (const one of batch.splice(0)) each(one)
      }
      if (trail) {
        batch.push(...(await fromTrail()))
        batch.sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0))
        for (const one of batch) each(one)
      }
      const back = from.place - OVERLAP_MS * PLACES
      seen = new Map([...seen].filter(([, at]) => at >= back))
      if (seen.size > 0) from = { place: back, id: '' }
    } while (await pause())
  } finally {
    await records?.close()
    await store.close()
  }
}

/** A record of the trail as an event, when it is one that is asked for. */
function envelopeOf(record: StoredRecord, { account, region, source }: EventQuery): Envelope[] {
  if (account !== undefined && record.account !== account) return []
  if (region !== undefined && record.region !== region) return []
  const event = eventOfRecord(record)?.event
  if (event === undefined || (source !== undefined && event.source !== source)) return []
  return [JSON.parse(eventText(event)) as Envelope]
}
