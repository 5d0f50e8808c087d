import type { PageQuery, Placed, SecretLists } from './lists.ts'
import type { Filter, Selector } from './model/filters.ts'
import type { Secret } from './model/secret.ts'

/** Rows asked of the store at once when a filter may throw most of them away. */
const CHUNK = 200
/** Rows looked at for one page: a filter that selects little answers short pages instead of holding up everybody. */
const MOST_ROWS = 1000
const LEAST_ROWS = 100
/** Rows times filter values for one page. */
const MOST_TESTS = 10_000

type Store = Pick<SecretLists, 'page' | 'named' | 'countNamed'>
type Position = readonly [number, string]

/** A listing's question. */
export interface Listing extends Omit<PageQuery, 'limit'> {
  /** What names must begin with, one of them, in their order and none within another's; undefined: anything. See `namePrefixes`. */
  readonly names?: readonly string[] | undefined
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
 * secrets: when they are used up, fewer than `limit` are found and `next` says where to go on. What a name must begin with is sought in
 * the index of names: always when that is the order, else when no more have such names than a page may look at.
 */
export async function walk(store: Store, listing: Listing): Promise<Found> {
  const { names, by, rows } = listing
  if (names === undefined) return walkRanges(store, listing, [undefined])
  if (by === 'name') return walkRanges(store, listing, listing.order === 'asc' ? names : names.toReversed())
  if ((await store.countNamed(names, rows)) > rows) return walkRanges(store, listing, [undefined])
  return few(await store.named(names, by, rows), listing)
}

/** Goes through the order; with prefixes through their ranges of names alone, one after the other. */
async function walkRanges(
  store: Store,
  { select, planned, limit, rows, names: _, ...query }: Listing,
  prefixes: readonly (string | undefined)[],
): Promise<Found> {
  const found: Secret[] = []
  let next = query.after
  let left = rows
  for (const prefix of prefixes) {
    const range = prefix === undefined ? undefined : rangeOf(prefix, query.order)
    if (range !== undefined && (next === undefined || range.isBefore(next))) next = range.start
    if (range?.isPast(next) === true) continue
    for (let more = true; more; ) {
      if (left <= 0) return { secrets: found, next }
      const size = Math.min(left, select === undefined ? limit - found.length : CHUNK)
      // One row more than is used tells whether anything follows.
      const page = await store.page({ ...query, after: next, limit: size + 1 })
      more = page.length > size
      left -= size
      for (const [index, { secret, at }] of page.slice(0, size).entries()) {
        if (prefix !== undefined && !secret.name.startsWith(prefix)) {
          more = false
          break
        }
        next = at
        if (!planned && secret.deletedAt !== undefined) continue
        if (select !== undefined && !select(secret)) continue
        found.push(secret)
        if (found.length < limit) continue
        const last = index + 1 === page.length && prefix === prefixes.at(-1)
        return { secrets: found, next: last ? undefined : next }
      }
    }
    if (range !== undefined) next = range.end
  }
  return { secrets: found, next: undefined }
}

/** Where the names with a prefix begin and end in the order: names are ASCII, with nothing below `!` or above `z`. */
function rangeOf(prefix: string, order: 'asc' | 'desc') {
  const [low, high] = [`${prefix} `, `${prefix}\x7f `]
  const [start, end]: [Position, Position] =
    order === 'asc'
      ? [
          [0, low],
          [0, high],
        ]
      : [
          [0, high],
          [0, low],
        ]
  const behind = (one: string, other: string) => (order === 'asc' ? one >= other : one <= other)
  return {
    start,
    end,
    /** The range is still to come. */
    isBefore: ([, at]: Position) => behind(start[1], at),
    isPast: (at: Position | undefined) => at !== undefined && behind(at[1], end[1]),
  }
}

/** A page of secrets that are all in memory. */
function few(placed: readonly Placed[], { select, planned, limit, after, order }: Listing): Found {
  const sign = order === 'asc' ? 1 : -1
  const chosen = placed.filter(
    ({ secret, at }) =>
      (after === undefined || sign * compare(at, after) > 0) &&
      (planned || secret.deletedAt === undefined) &&
      (select === undefined || select(secret)),
  )
  chosen.sort((a, b) => sign * compare(a.at, b.at))
  return {
    secrets: chosen.slice(0, limit).map(({ secret }) => secret),
    next: chosen.length > limit ? chosen[limit - 1]?.at : undefined,
  }
}

const compare = ([a, x]: Position, [b, y]: Position): number => a - b || (x < y ? -1 : x > y ? 1 : 0)
