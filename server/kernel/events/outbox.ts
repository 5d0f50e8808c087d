import type { Envelope, Events, ServiceEvent } from '#kernel/events/event'
import {
  anyUndelivered,
  insert,
  markDelivered,
  oldest,
  page,
  passUndelivered,
  removeOldest,
  undelivered,
} from '#kernel/events/outbox.sql'
import type { JobHandler } from '#kernel/jobs/jobs'
import { scheduleUnlessThere } from '#kernel/jobs/store'
import type { Random } from '#kernel/random'
import type { Unit } from '#kernel/storage/storage'

/** How long events are kept, delivered or not: EventBridge gives up after as long. Source: surroundings.md 4. */
export const KEPT_MS = 24 * 3_600_000

const PRUNE = 'events/prune'
/** Rows that one unit takes away. */
const PRUNED_AT_ONCE = 500
/** Between two looks at what is too old. */
const PRUNE_EVERY_MS = 600_000
/** So long before the last event of which we know that it brought the job is taken away we look again. */
const SURE_MS = 3_600_000
/** Places in a millisecond. */
const PLACES = 1000

/** Where events wait for whoever delivers them. */
export class EventOutbox implements Events {
  readonly #random: Random
  #place = 0
  /** Until then there is a job that takes events away: some unit of this process has put it down, or found it. */
  #prunedUntil = 0

  constructor(random: Random) {
    this.#random = random
  }

  async emit(unit: Unit, event: ServiceEvent, time: number): Promise<void> {
    const { source, detailType, account, region, by = '' } = event
    // what one process announces is read in the order in which it did
    this.#place = Math.max(this.#place + 1, time * PLACES)
    await unit.run(insert, {
      ...{ id: this.#random.uuid(), place: this.#place, source, detailType, account, region, time, by },
      ...{ resources: JSON.stringify(event.resources), detail: JSON.stringify(event.detail) },
    })
    // The job stays as long as there is an event, and this one is there for a day.
    if (time >= this.#prunedUntil - KEPT_MS && time < this.#prunedUntil - SURE_MS) return
    await scheduleUnlessThere(unit, { kind: PRUNE, key: 'all', dueAt: time + KEPT_MS, payload: null })
    unit.afterCommit(() => {
      this.#prunedUntil = time + KEPT_MS
    })
  }
}

/** Takes away what was kept long enough, in steps; there is no such job when there is no event. */
export const pruning: JobHandler = {
  kind: PRUNE,
  async run(unit, _, now) {
    const until = (now - KEPT_MS + 1) * PLACES - 1
    const removed = await unit.run(removeOldest, { until, limit: PRUNED_AT_ONCE })
    const again = (dueAt: number) => scheduleUnlessThere(unit, { kind: PRUNE, key: 'all', dueAt, payload: null })
    if (removed === PRUNED_AT_ONCE) return again(now)
    const left = await unit.get<{ place: number }>(oldest, {})
    if (left !== undefined) await again(Math.max(now + PRUNE_EVERY_MS, Math.ceil(left.place / PLACES) + KEPT_MS))
  },
}

/** How far a reader has come. */
export interface Place {
  readonly place: number
  readonly id: string
}

export const START: Place = { place: -1, id: '' }

/** An event as it is kept. */
export interface Stored extends Place {
  /** Milliseconds. */
  readonly time: number
  readonly envelope: Envelope
  /** The access key of the call behind it; empty for none. */
  readonly by: string
}

/** Which events; what is not said is any. */
export interface EventQuery {
  readonly account?: string | undefined
  readonly region?: string | undefined
  readonly source?: string | undefined
}

/** Up to `limit` events after a place, in their order. */
export async function eventsAfter(unit: Unit, query: EventQuery, after: Place, limit: number): Promise<Stored[]> {
  const { account = '', region = '', source = '' } = query
  const { place, id } = after
  const rows = await unit.all<EventRow>(page, { place, id, account, region, source, limit })
  return rows.map(storedOf)
}

/**
 * Up to `limit` events that were not delivered yet, the oldest first; other nodes get others until this write unit ends. For the
 * delivery.
 */
export async function eventsLeft(unit: Unit, limit: number): Promise<Stored[]> {
  return (await unit.all<EventRow>(undelivered, { limit })).map(storedOf)
}

/** Says of up to `limit` events, the oldest first, that they are for nobody. Answers of how many. */
export function eventsPassed(unit: Unit, limit: number): Promise<number> {
  return unit.run(passUndelivered, { limit })
}

/** Whether there are events that were not delivered yet; costs nothing to speak of. */
export async function hasEventsLeft(unit: Unit): Promise<boolean> {
  return (await unit.get(anyUndelivered, {})) !== undefined
}

/** Says that events were delivered, to all whom they are for. */
export async function eventsDelivered(unit: Unit, ids: readonly string[]): Promise<void> {
  for (const id of ids) await unit.run(markDelivered, { id })
}

interface EventRow {
  readonly id: string
  readonly place: number
  readonly account: string
  readonly region: string
  readonly source: string
  readonly detail_type: string
  readonly time: number
  readonly resources: string
  readonly detail: string
  readonly by_key: string
}

function storedOf(row: EventRow): Stored {
  const { id, place, source, account, region } = row
  // PostgreSQL's driver may hand a bigint over as text where nothing tells it otherwise
  const time = Number(row.time)
  const envelope: Envelope = {
    version: '0',
    id,
    'detail-type': row.detail_type,
    source,
    account,
    time: `${new Date(time).toISOString().slice(0, 19)}Z`,
    region,
    resources: JSON.parse(row.resources) as string[],
    detail: JSON.parse(row.detail) as Record<string, unknown>,
  }
  return { id, place: Number(place), time, envelope, by: row.by_key }
}
