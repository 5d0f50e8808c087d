import { type Chunks, SPAN_MS } from './chunks.ts'
import { byKey, type Key, type LogEvent, type LogGroup, type LogStream } from './model/group.ts'
import type { ChunkRow } from './store.sql.ts'

/** What is read: events between two places of a group, both inclusive, in one direction. */
export interface Span {
  readonly group: LogGroup
  /** Only of this one. */
  readonly stream?: LogStream | undefined
  /** Only of these, by id. */
  readonly of?: ReadonlySet<string> | undefined
  readonly least: Key
  readonly most: Key
  readonly up: boolean
}

/** An event with its stream's id. */
export interface Placed extends LogEvent {
  readonly streamId: string
}

/** How much is opened for one page: then it ends, wherever it is. */
export interface Budget {
  /** Bytes. */
  left: number
}

/** Rows of chunks that are looked up at once. */
const ROWS = 100
/** Chunks whose events are in memory at once. */
const MOST_OPEN = 64

/** A chunk that is being read. */
interface Cursor {
  readonly row: ChunkRow
  /** Its events, in the direction of the reading, those outside of the span left out; undefined: put away for the time being. */
  events: readonly LogEvent[] | undefined
  at: number
  /** The next event's place. */
  next: Key
}

/**
 * Reads events of one stream, or of a whole group with its streams interleaved, by (time, ordinal): a merge of chunks, of which only
 * those are open whose times overlap. Ends early when the budget is spent, but never before the first event.
 */
export async function* read(chunks: Chunks, span: Span, budget: Budget): AsyncGenerator<Placed, void, void> {
  const { group, stream, least, most, up } = span
  const sign = up ? 1 : -1
  const open: Cursor[] = []
  let rows: ChunkRow[] = []
  let behind: ChunkRow | undefined
  let more = true
  const head = async (): Promise<ChunkRow | undefined> => {
    while (rows.length === 0 && more) {
      const page = await chunks.rows(group, stream, {
        ...{ up, least: least.time, most: most.time, behind, limit: ROWS },
      })
      more = page.length === ROWS
      behind = page.at(-1) ?? behind
      rows = page.filter((row) => span.of === undefined || span.of.has(row.stream_id))
      // What is passed over is work, too.
      budget.left -= page.length * 100
    }
    return rows[0]
  }
  const load = async (row: ChunkRow): Promise<readonly LogEvent[]> => {
    budget.left -= row.bytes + 1000
    const events = (await chunks.open(group, row.stream_id, row)).filter(
      (event) => byKey(event, least) >= 0 && byKey(event, most) <= 0,
    )
    return up ? events : events.reverse()
  }
  let any = false
  for (;;) {
    let first = leading(open, sign)
    for (let row = await head(); row !== undefined; row = await head()) {
      if (first !== undefined && sign * ((up ? row.first_at : row.last_at) - first.next.time) > 0) break
      rows.shift()
      const events = await load(row)
      if (events.length === 0) continue
      open.push({ row, events, at: 0, next: events[0] as LogEvent })
      first = leading(open, sign)
      putAway(open, first)
    }
    if (first === undefined || (budget.left <= 0 && any)) return
    first.events ??= await load(first.row)
    const event = first.events[first.at] as LogEvent
    yield { ...event, streamId: first.row.stream_id }
    any = true
    first.at++
    const next = first.events[first.at]
    if (next === undefined) open.splice(open.indexOf(first), 1)
    else first.next = next
  }
}

/** The cursor whose next event comes first. */
function leading(open: readonly Cursor[], sign: number): Cursor | undefined {
  let first: Cursor | undefined
  for (const cursor of open) if (first === undefined || sign * byKey(cursor.next, first.next) < 0) first = cursor
  return first
}

/** Keeps no more in memory than may be: what overlaps in hundreds of chunks is opened anew when its turn comes. */
function putAway(open: readonly Cursor[], first: Cursor | undefined): void {
  const loaded = open.filter(({ events }) => events !== undefined)
  if (loaded.length <= MOST_OPEN) return
  for (const cursor of loaded.slice(0, loaded.length - MOST_OPEN)) if (cursor !== first) cursor.events = undefined
}

export { SPAN_MS }
