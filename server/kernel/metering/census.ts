import type { JobHandler } from '#kernel/jobs/jobs'
import { jobs, scheduleUnlessThere } from '#kernel/jobs/store'
import type { Unit } from '#kernel/storage/storage'
import { type At, columnsOf, HOUR_MS, type Interval, intervalOf, type Resource } from '#kernel/metering/ledger'
import type { MeteredRow } from '#kernel/metering/metered.sql'
import * as sql from '#kernel/metering/metered.sql'

const CENSUS = 'metering/census'
/** Resources looked at in one unit: requests are served between two. */
const AT_ONCE = 500
const KEPT_MS = 400 * 24 * HOUR_MS

/** What a service has that is billed or counted. */
export interface MeterSource {
  /** `secretsmanager` */
  readonly name: string
  /** Up to `limit` resources behind a place, in the order of account, region and id, by bytes. */
  page(unit: Unit, after: At, limit: number): Promise<readonly Resource[]>
}

const START: At = { account: '', region: '', id: '' }

interface Payload {
  /** The full hour of which it is. */
  readonly at: number
  /** Place of the source that is looked at, in the list. */
  readonly source: number
  readonly after: At
}

/** Has the census taken at every full hour; on several nodes one does it. */
export async function startCensus(unit: Unit, now: number): Promise<void> {
  const at = now - (now % HOUR_MS) + HOUR_MS
  await scheduleUnlessThere(unit, { kind: CENSUS, key: 'all', dueAt: at, payload: { at, source: 0, after: START } })
}

/** Counts what there is at every full hour, and brings the intervals up to date, a piece in each unit. */
export function census(sources: readonly MeterSource[]): JobHandler {
  return {
    kind: CENSUS,
    // after a pause the hours in between have no count: nobody knows it any more
    latest: true,
    async run(unit, payload, now) {
      const { at: planned, source, after } = payload as Payload
      const begins = source === 0 && after.id === ''
      const at = begins ? Math.max(planned, now - (now % HOUR_MS)) : planned
      if (begins) await begin(unit, at)
      let place = { source, after }
      for (let left = AT_ONCE; place.source < sources.length; ) {
        if (left <= 0) return jobs.schedule(unit, { kind: CENSUS, key: 'all', dueAt: now, payload: { at, ...place } })
        const { found, next } = await piece(unit, sources[place.source] as MeterSource, place.after, at)
        left -= found
        place = next === undefined ? { source: place.source + 1, after: START } : { ...place, after: next }
      }
      await startCensus(unit, Math.max(now, at))
    },
  }
}

async function begin(unit: Unit, at: number): Promise<void> {
  await unit.run(sql.dropCounts, { at })
  await unit.run(sql.prune, { before: at - KEPT_MS })
  await unit.run(sql.pruneCounts, { before: at - KEPT_MS })
}

/** Behind everything that a service may order. */
const LAST: At = { account: '\u{10ffff}', region: '', id: '' }

/** Looks at some resources of a source; answers where to go on, undefined at its end. */
async function piece(
  unit: Unit,
  source: MeterSource,
  after: At,
  at: number,
): Promise<{ readonly found: number; readonly next: At | undefined }> {
  const found = await source.page(unit, after, AT_ONCE)
  const last = found.length < AT_ONCE ? undefined : found.at(-1)
  const open = await unit.all<MeteredRow>(sql.openBetween, { source: source.name, ...range(after, last) })
  await count(unit, found, at)
  const left = new Map(open.map((row) => [keyOf(row), row]))
  for (const resource of found) {
    const row = left.get(keyOf(resource))
    left.delete(keyOf(resource))
    const key = { source: source.name, ...placeOf(resource) }
    const { end, begin, began } = changeOf(resource, row, row ?? (await before(unit, key, resource)), at)
    if (end !== undefined) await close(unit, key, end)
    if (begin !== undefined) await unit.run(sql.insert, { ...key, ...columnsOf({ ...resource, began }, begin) })
  }
  for (const row of left.values()) await close(unit, { source: source.name, ...placeOf(row) }, at)
  return { found: found.length, next: last && placeOf(last) }
}

const range = (after: At, last: At = LAST) => ({
  ...{ afterAccount: after.account, afterRegion: after.region, afterId: after.id },
  ...placeOf(last),
})

interface Change {
  /** When the interval that lasts has ended. */
  readonly end?: number
  /** When another one began. */
  readonly begin?: number
  /** When what it is of came to be. */
  readonly began: number
}

/** Until when the resource was billed before; nothing is asked where nothing is billed. */
async function before(unit: Unit, key: At & { readonly source: string }, { billed }: Resource) {
  if (billed === undefined) return undefined
  const row = await unit.get<{ until: number | null }>(sql.lastUntil, { ...key })
  return row?.until == null ? undefined : { until: Number(row.until) }
}

/**
 * What became of a resource up to `at`. `row`: its interval that lasts; `known`: that one, or the last that ended; undefined: there was
 * none, and it is billed from its beginning.
 */
function changeOf(
  resource: Resource,
  row: MeteredRow | undefined,
  known: { readonly until: number | null } | undefined,
  at: number,
): Change {
  const { began, billed, changed, ended, tags } = resource
  // what came after the full hour is of the next census
  if (began > at) return { began }
  if (billed === undefined) return row === undefined ? { began } : { began, end: Math.min(ended ?? at, at) }
  if (row === undefined) {
    if (known?.until == null) return { began, begin: began }
    // back again: since it was restored, as far as that is known; its hours are counted from there
    const begin = changed > known.until ? Math.min(changed, at) : at
    return { began: begin, begin }
  }
  if (row.tags === tags && row.kind === billed) return { began }
  return { began: Number(row.began), end: at, begin: at }
}

/** An interval without length is none. */
async function close(unit: Unit, key: At & { readonly source: string }, until: number): Promise<void> {
  await unit.run(sql.close, { ...key, until })
  await unit.run(sql.dropEmpty, { ...key })
}

async function count(unit: Unit, found: readonly Resource[], at: number): Promise<void> {
  const counts = new Map<string, { account: string; region: string; kind: string; count: number }>()
  for (const { account, region, counted: kind, began } of found) {
    if (began > at) continue
    const key = `${account} ${region} ${kind}`
    const one = counts.get(key)
    if (one === undefined) counts.set(key, { account, region, kind, count: 1 })
    else one.count++
  }
  for (const one of counts.values()) await unit.run(sql.addCount, { ...one, at })
}

const placeOf = ({ account, region, id }: At) => ({ account, region, id })
const keyOf = ({ account, region, id }: At): string => `${account} ${region} ${id}`

/** Which intervals: those that overlap a time; `now`: up to when it is known what there is. */
export interface Overlapping {
  readonly from: number
  readonly to: number
  readonly now: number
  readonly account?: string | undefined
  readonly region?: string | undefined
}

/**
 * What was billed in a time, and what is billed now, although no census has seen it yet: the intervals of all sources, those of one
 * resource one after the other. A page at a time is in memory.
 */
export async function* metered(
  read: <T>(work: (unit: Unit) => Promise<T>) => Promise<T>,
  sources: readonly MeterSource[],
  { from, to, now, account, region }: Overlapping,
): AsyncGenerator<Interval> {
  for (const source of sources) {
    for (let after: At | undefined = START; after !== undefined; ) {
      const place: At = after
      const step = await read((unit) => seen(unit, source, place, { from, to, now }))
      for (const interval of step.intervals) {
        if (account !== undefined && interval.account !== account) continue
        if (region !== undefined && interval.region !== region) continue
        yield interval
      }
      after = step.next
    }
  }
}

async function seen(unit: Unit, source: MeterSource, after: At, { from, to, now }: Overlapping) {
  const found = await source.page(unit, after, AT_ONCE)
  const last = found.length < AT_ONCE ? undefined : found.at(-1)
  const where = { source: source.name, ...range(after, last), from, to }
  const rows = new Map<string, MeteredRow[]>()
  for (const row of await unit.all<MeteredRow>(sql.overlapping, where)) {
    const of = rows.get(keyOf(row))
    if (of === undefined) rows.set(keyOf(row), [row])
    else of.push(row)
  }
  const resources = new Map(found.map((resource) => [keyOf(resource), resource]))
  const intervals: Interval[] = []
  for (const key of new Set([...rows.keys(), ...resources.keys()])) {
    const resource = resources.get(key)
    const open = rows.get(key)?.find(({ until }) => until === null)
    for (const row of rows.get(key) ?? []) if (row !== open) intervals.push(intervalOf(row))
    if (resource === undefined) {
      if (open !== undefined) intervals.push({ ...intervalOf(open), until: now })
      continue
    }
    const known = open ?? (await before(unit, { source: source.name, ...placeOf(resource) }, resource))
    const { end, begin, began } = changeOf(resource, open, known, now)
    if (open !== undefined) intervals.push({ ...intervalOf(open), ...(end === undefined ? {} : { until: end }) })
    if (begin !== undefined) {
      const row = { source: source.name, ...placeOf(resource), ...columnsOf({ ...resource, began }, begin) }
      intervals.push(intervalOf(row))
    }
  }
  return { intervals, next: last && placeOf(last) }
}
