import { Gathering } from '#kernel/audit/index/gathering'
import { SEGMENT } from '#kernel/audit/index/packing'
import {
  type About,
  check,
  IndexDamaged,
  type Seals,
  type Segment,
  type SegmentRow,
  type StateRow,
} from '#kernel/audit/index/segment'
import type { IndexStore } from '#kernel/audit/index/store'
import { segmentView, type View } from '#kernel/audit/index/view'
import type { Pages, RawPage } from '#kernel/audit/pages'
import { type Place, placeOf, START, textOf } from '#kernel/audit/place'

/** About how much of the journal is read at once, in bytes. */
export const UNITS = 2 ** 20

/** A segment that is kept: in the store, or here. */
export interface Kept {
  readonly row: Pick<SegmentRow, 'id' | 'build'>
  readonly about: About
  readonly own?: Segment
}

/** A segment that is kept from now on: without its pieces where the store has them, or the whole index would stay in memory. */
export const keptOf = (segment: Segment, inStore: boolean): Kept => {
  const { id, build, about } = segment
  return { row: { id, build }, about, ...(inStore ? {} : { own: segment }) }
}

/** A segment as the store takes it. */
export function rowsOf(seals: Seals, { id, build, about, pieces }: Segment) {
  const text = JSON.stringify(about)
  return {
    row: { id, build, about: text, mac: seals.segment(id, build, text) },
    pieces: new Map(
      [...pieces].map(([piece, content]) => [piece, { content, mac: seals.piece(id, build, piece, content) }]),
    ),
  }
}

/** The state with these segments, which reach to `at`. */
export function stateOf(seals: Seals, segments: readonly Kept[], at: Place): StateRow {
  const place = textOf(at)
  const text = segments.map(({ row }) => `${row.id}:${row.build}`).join(',')
  return { place, segments: text, mac: seals.state(place, text) }
}

/** What the store has; throws IndexDamaged when it is not as it was written. */
export async function readKept(
  store: IndexStore,
  seals: Seals,
  state: StateRow | undefined,
): Promise<{ readonly segments: Kept[]; readonly sealed: Place }> {
  const segments: Kept[] = []
  if (state === undefined) return { segments, sealed: START }
  check(seals.state(state.place, state.segments), state.mac, 'the state')
  const rows = new Map((await store.segments()).map((row) => [`${row.id}:${row.build}`, row]))
  for (const name of state.segments === '' ? [] : state.segments.split(',')) {
    const row = rows.get(name)
    if (row === undefined) throw new IndexDamaged(`segment ${name} of the index of the audit trail is missing`)
    check(seals.segment(row.id, row.build, row.about), row.mac, `segment ${row.id}`)
    const { id, build, about } = row
    segments.push({ row: { id, build }, about: JSON.parse(about) as About })
  }
  return { segments, sealed: placeOf(state.place) }
}

/** A segment to look into; its pieces are checked when they are read. */
export function viewOfKept({ row: { id, build }, about, own }: Kept, store: IndexStore, seals: Seals): View {
  if (own !== undefined) return segmentView(about, async (piece) => own.pieces.get(piece) as Buffer)
  return segmentView(about, async (piece) => {
    const found = await store.piece(id, piece)
    if (found === undefined)
      throw new IndexDamaged(`piece ${piece} of segment ${id} of the index of the audit trail is missing`, id)
    check(seals.piece(id, build, piece, found.content), found.mac, `piece ${piece} of segment ${id}`, id)
    return Buffer.from(found.content.buffer, found.content.byteOffset, found.content.byteLength)
  })
}

/** What a segment covers, gathered once more. */
export async function gatheredAgain(pages: Pages, { ranges }: About): Promise<Gathering> {
  // segments of an earlier version are larger than those that are made now
  const gathering = new Gathering(SEGMENT)
  const { stands } = await pages.heads(0, [])
  for (const [number, from, to] of ranges) {
    const writer = stands.find((stand) => stand.number === number)?.writer
    if (writer === undefined) throw new Error(`writer number ${number} is missing in the audit journal`)
    for (let at = from - 1; at < to; ) {
      const found = await pages.raw(writer, at + 1, to, UNITS)
      at = Math.min(await behindGap(pages, found[0], number, writer, at), to)
      const before = at
      for (const { bytes } of found) at = gathering.take(bytes, writer, number, at, to)
      if (at === before) throw new Error(`records from ${at + 1} on of writer ${writer} can not be gathered once more`)
    }
  }
  return gathering
}

/** Where to go on, when the retention of the journal has taken out what comes next. */
export async function behindGap(
  pages: Pages,
  first: RawPage | undefined,
  number: number,
  writer: string,
  at: number,
): Promise<number> {
  if (first !== undefined && first.sequence <= at + 1) return at
  const through = await pages.pruned(number)
  if (first === undefined ? through > at : first.sequence === through + 1) return through
  throw new Error(
    `records from ${at + 1} on of writer ${writer} are missing in the audit journal: see strongroom audit verify`,
  )
}
