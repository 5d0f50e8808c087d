import { attributesOf } from '#kernel/audit/attributes'
import type { Fetching } from '#kernel/audit/index/fetching'
import { has } from '#kernel/audit/index/terms'
import { candidates, type Sought, type View } from '#kernel/audit/index/view'
import type { StoredRecord } from '#kernel/audit/reader'

/** The last record of a page: the next page begins behind it. */
export interface Mark {
  readonly time: number
  readonly id: string
}

export interface Found {
  readonly records: readonly StoredRecord[]
  /** There are more. */
  readonly next?: Mark
}

/** Newest first: by time, then by id. */
const before = (a: StoredRecord, b: StoredRecord): boolean =>
  a.eventTime > b.eventTime || (a.eventTime === b.eventTime && a.eventId > b.eventId)

/** The records of one view, newest first, each checked against what is sought: the record decides, not the index. */
async function* matches(view: View, sought: Sought, fetching: Fetching): AsyncGenerator<StoredRecord> {
  const places = await candidates(view, sought)
  for (let i = places.length - 1; i >= 0; i--) {
    const { number, sequence } = await view.row(places[i] as number)
    const record = await fetching.record(number, sequence)
    if (record !== undefined && fits(record, sought)) yield record
  }
}

function fits(record: StoredRecord, { account, region, attributes, from, to }: Sought): boolean {
  if (record.account !== (account ?? record.account) || record.region !== (region ?? record.region)) return false
  if (record.eventTime < from || record.eventTime > to) return false
  const of = attributes.length === 0 ? undefined : attributesOf(record.record)
  return of === undefined || attributes.every((attribute) => has(attribute, record.eventId, of))
}

/** A page of what is sought in any of the views, newest first. A view is opened only when its newest record may be the next. */
export async function find(
  views: readonly View[],
  sought: Sought,
  limit: number,
  after: Mark | undefined,
  fetching: Fetching,
): Promise<Found> {
  const to = after === undefined ? sought.to : Math.min(sought.to, after.time)
  const bounded = { ...sought, to }
  const waiting = views
    .filter(({ about }) => about.records > 0 && about.firstTime <= to && about.lastTime >= sought.from)
    .toSorted((a, b) => a.about.lastTime - b.about.lastTime)
  const open: { next: StoredRecord; readonly rest: AsyncGenerator<StoredRecord> }[] = []
  const records: StoredRecord[] = []
  for (;;) {
    let best = newestOf(open)
    while (
      waiting.length > 0 &&
      (best === undefined || (waiting.at(-1) as View).about.lastTime >= best.next.eventTime)
    ) {
      const rest = matches(waiting.pop() as View, bounded, fetching)
      const { value } = await rest.next()
      if (value !== undefined) open.push({ next: value, rest })
      best = newestOf(open)
    }
    if (best === undefined) return { records }
    const { next, rest } = best
    const { value } = await rest.next()
    if (value === undefined) open.splice(open.indexOf(best), 1)
    else best.next = value
    if (after !== undefined && next.eventTime === after.time && next.eventId >= after.id) continue
    const last = records.at(-1)
    if (records.length === limit) {
      return { records, ...(last !== undefined && { next: { time: last.eventTime, id: last.eventId } }) }
    }
    records.push(next)
  }
}

function newestOf<T extends { readonly next: StoredRecord }>(open: readonly T[]): T | undefined {
  let best: T | undefined
  for (const each of open) if (best === undefined || before(each.next, best.next)) best = each
  return best
}
