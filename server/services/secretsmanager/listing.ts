import type { Filter, Selector } from './model/filters.ts'
import type { Secret } from './model/secret.ts'
import type { PageQuery, Secrets } from './store.ts'

/** Rows asked of the store at once when a filter may throw most of them away. */
const CHUNK = 200
/** Rows looked at for one page: a filter that selects little answers short pages instead of holding up everybody. */
const MOST_ROWS = 1000
const LEAST_ROWS = 100
/** Rows times filter values for one page. */
const MOST_TESTS = 10_000

/** A listing's question. */
export interface Listing extends Omit<PageQuery, 'limit'> {
  /** Undefined: all. */
  readonly select: Selector | undefined
  /** Also those scheduled for deletion. */
  readonly planned: boolean
  /** Most secrets to find. */
  readonly limit: number
  /** Most rows to look at, see `rowsFor`. */
  readonly rows: number
}

/** What was found, in order, and where the next page begins; undefined: nothing is left. */
export interface Found {
  readonly secrets: readonly Secret[]
  readonly next: readonly [number, string] | undefined
}

/** How many rows a page with these filters may look at: the more there is to test in each, the fewer. */
export function rowsFor(filters: readonly Filter[] | undefined): number {
  const values = (filters ?? []).reduce((sum, { Values }) => sum + (Values?.length ?? 0), 0)
  return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.floor(MOST_TESTS / Math.max(values, 1))))
}

/**
 * The next secrets of a listing, from its place in the order on. Costs are bounded by `rows`, whatever the number of
 * secrets: when they are used up, fewer than `limit` are found and `next` says where to go on.
 */
export async function walk(
  store: Pick<Secrets, 'page'>,
  { select, planned, limit, rows, ...query }: Listing,
): Promise<Found> {
  const found: Secret[] = []
  let next = query.after
  for (let left = rows; left > 0; ) {
    const size = Math.min(left, select === undefined ? limit - found.length : CHUNK)
    // One row more than is used tells whether anything follows.
    const page = await store.page({ ...query, after: next, limit: size + 1 })
    for (const [index, { secret, at }] of page.slice(0, size).entries()) {
      next = at
      if (!planned && secret.deletedAt !== undefined) continue
      if (select !== undefined && !select(secret)) continue
      found.push(secret)
      if (found.length === limit) return { secrets: found, next: index + 1 < page.length ? next : undefined }
    }
    if (page.length <= size) return { secrets: found, next: undefined }
    left -= size
  }
  return { secrets: found, next }
}
