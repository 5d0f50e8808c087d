import type { Filtering, StringFilter } from './model/filters.ts'
import type { Segment } from './model/segments.ts'

/** Rows asked of the store at once when a filter may throw most of them away. */
const CHUNK = 200
/** Rows looked at for one page: a filter that selects little answers short pages instead of holding up everybody. */
const MOST_ROWS = 1000
const LEAST_ROWS = 100
/** Rows times filter values for one page. */
const MOST_TESTS = 10_000
/** What looking into one place costs at least, in rows: many names that are not there end a page too. */
const SEEK = 10

/** Where a listing has come to: a place of `Filtering.pieces` and the last key seen there. */
export type Place = readonly [place: number, after: string]

/** A listing's question. */
export interface Listing<Row> extends Pick<Filtering, 'pieces'> {
  readonly select: (row: Row) => boolean
  /** Most rows may be no rows of this listing: then they are asked for by the hundred. */
  readonly selective: boolean
  readonly after: Place | undefined
  /** Most parameters to find. */
  readonly limit: number
  /** Most rows to look at, see `rowsFor`. */
  readonly rows: number
  /** The rows of a piece whose keys come after `after`, in order. */
  page(piece: Segment, after: string, limit: number): Promise<readonly Row[]>
  keyOf(row: Row): string
}

/** What was found, in order, and where the next page begins; undefined: nothing is left. */
export interface Listed<Row> {
  readonly rows: readonly Row[]
  readonly next: Place | undefined
}

/** How many rows a page with these filters may look at: the more there is to test in each, the fewer. */
export function rowsFor(filters: readonly StringFilter[] | undefined): number {
  const values = (filters ?? []).reduce((sum, { Values }) => sum + (Values?.length ?? 0), 0)
  return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.floor(MOST_TESTS / Math.max(values, 1))))
}

/**
 * The next parameters of a listing, from its place on. Costs are bounded by `rows`, whatever the number of parameters: when they are
 * used up, fewer than `limit` are found, perhaps none, and `next` says where to go on (trap 25).
 */
export async function walk<Row>({
  pieces,
  select,
  selective,
  after,
  limit,
  rows,
  page,
  keyOf,
}: Listing<Row>): Promise<Listed<Row>> {
  const found: Row[] = []
  let [place, last] = after ?? [0, '']
  for (let left = rows; place < pieces.length; ) {
    if (left <= 0) return { rows: found, next: [place, last] }
    const size = Math.min(left, selective ? CHUNK : limit - found.length)
    // One row more than is used tells whether anything follows.
    const seen = await page(pieces[place] as Segment, last, size + 1)
    for (const row of seen.slice(0, size)) {
      last = keyOf(row)
      if (!select(row)) continue
      found.push(row)
      if (found.length === limit) {
        const more = seen.at(-1) !== row || place + 1 < pieces.length
        return { rows: found, next: more ? [place, last] : undefined }
      }
    }
    left -= Math.max(SEEK, Math.min(size, seen.length))
    if (seen.length <= size) {
      place += 1
      last = ''
    }
  }
  return { rows: found, next: undefined }
}
