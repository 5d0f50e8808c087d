import { type Entry, entriesOf } from '#kernel/audit/block'
import type { Wanted } from '#kernel/audit/follower'
import type { Pages } from '#kernel/audit/pages'
import { endOf, type Heads, type Place, sameJournal } from '#kernel/audit/place'
import { type StoredRecord, taken } from '#kernel/audit/reader'

/** Records given at once, about; and the text of the journal that is read for it, in UTF-16 units. */
const AT_ONCE = 500
const UNITS_GIVEN = 2 ** 21
const UNITS_READ = 2 ** 23
const UNITS_A_LOOK = 2 ** 20

/** A piece of the journal, as somebody wants it. */
export interface Taken {
  readonly records: readonly StoredRecord[]
  /** Behind all that was looked at, wanted or not. */
  readonly place: Place
  /** Nothing is left before the heads. */
  readonly done: boolean
  /** When the first record that was looked at happened; undefined when there was none. */
  readonly since: number | undefined
}

/** Reads on from `from`, at most to `heads`, and gives what is wanted: a bounded piece. */
export async function take(pages: Pages, from: Place, heads: Heads, wanted: Wanted): Promise<Taken> {
  const base = sameJournal(from, heads)
  const open = new Map(base.open)
  const records: StoredRecord[] = []
  let given = 0
  let read = 0
  let since: number | undefined
  const full = () => records.length >= AT_ONCE || given >= UNITS_GIVEN || read >= UNITS_READ
  for (const { number, writer, sequence: end } of heads.stands) {
    let at = open.get(number) ?? (number > base.known ? 0 : end)
    while (at < end && !full()) {
      const found = await pages.pages(writer, at + 1, end, UNITS_A_LOOK)
      if ((found[0]?.sequence ?? Number.MAX_SAFE_INTEGER) > at + 1) {
        // Somebody new begins behind what the retention has taken out.
        const through = await pages.pruned(number)
        if (through <= at || (found[0] !== undefined && found[0].sequence !== through + 1)) throw gap(writer, at)
        at = through
      }
      for (const page of found) {
        const { sequence, count, firstTime, lines } = page
        if (sequence > at + 1) throw gap(writer, at)
        since = Math.min(since ?? firstTime, firstTime)
        read += lines.length
        for (const entry of entriesOf(page)) {
          if (entry.sequence <= at || !wants(wanted, entry)) continue
          records.push({ ...taken(entry.line), writer, sequence: entry.sequence, hash: entry.hash, mac: null })
          given += entry.line.length
        }
        at = sequence + count - 1
        if (full()) break
      }
      open.set(number, at)
    }
    // A writer that was never reached stays unknown, unless it is told that nothing of it was read.
    open.set(number, Math.max(at, open.get(number) ?? 0))
  }
  const place = { journal: heads.journal ?? '', known: Math.max(heads.last, base.known), open }
  const ends = endOf(from, heads).open
  return { records, place, since, done: [...ends].every(([number, end]) => (open.get(number) ?? 0) >= end) }
}

const gap = (writer: string, at: number) =>
  new Error(`records from ${at + 1} on of writer ${writer} are missing in the journal`)

/** `","eventSource":"` can't stand inside of a JSON text, and the identity before it has no member of that name. */
const SOURCE = '","eventSource":"'
const READ_ONLY = ',"readOnly":true'

/** Whether a record is wanted: looked up in its text, where its members stand. */
export function wants({ accounts, regions, sources, changesOnly }: Wanted, { line }: Pick<Entry, 'line'>): boolean {
  if (accounts !== undefined || regions !== undefined) {
    const account = line.indexOf(' ', line.indexOf(' ') + 1) + 1
    const region = line.indexOf(' ', account) + 1
    if (accounts !== undefined && !accounts.has(line.slice(account, region - 1))) return false
    if (regions !== undefined && !regions.has(line.slice(region, line.indexOf(' ', region)))) return false
  }
  if (sources !== undefined) {
    const source = line.indexOf(SOURCE) + SOURCE.length
    if (source < SOURCE.length || !sources.has(line.slice(source, line.indexOf('"', source)))) return false
  }
  return changesOnly !== true || !isReadOnly(line)
}

/** The member stands right behind the event's own id. */
function isReadOnly(line: string): boolean {
  const id = `,"eventID":"${line.slice(0, line.indexOf(' '))}"`
  const at = line.lastIndexOf(id)
  return at >= 0 && line.startsWith(READ_ONLY, at + id.length)
}
