import type { KeyObject } from 'node:crypto'
import { pageTokens } from '#kernel/sealing/page-token'
import { invalidMarker } from './model/refusals.ts'

/** Markers of paged answers: behind which name or number the next page begins. See `PageTokens`. */
export interface Paging {
  seal(after: string, bound: readonly string[]): string
  /** Throws InvalidParameterValueException for a marker of another list, or none of ours. */
  open(marker: string, bound: readonly string[]): string
}

/** Markers under a key of the vault. */
export function pagingWith(key: KeyObject): Paging {
  const tokens = pageTokens(key)
  return {
    seal: tokens.seal,
    open(marker, bound) {
      const after = tokens.open(marker, bound)
      if (after === undefined) throw invalidMarker()
      return after
    },
  }
}

/** Entries on one page. Source: API_ListFunctions: at most 50 are returned whatever is asked for. */
const MOST_ON_PAGE = 50

/** One page of what `load` lists behind `after`: it is asked for one more, to know whether that was all. */
export async function pageOf<Item>(
  { Marker, MaxItems = MOST_ON_PAGE }: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  bound: readonly string[],
  paging: Paging,
  load: (after: string, most: number) => Promise<readonly Item[]>,
  keyOf: (item: Item) => string,
): Promise<{ readonly items: readonly Item[]; readonly NextMarker?: string }> {
  const most = Math.min(MaxItems, MOST_ON_PAGE)
  const found = await load(Marker ? paging.open(Marker, bound) : '', most + 1)
  const items = found.slice(0, most)
  const last = items.at(-1)
  if (found.length <= most || last === undefined) return { items }
  return { items, NextMarker: paging.seal(keyOf(last), bound) }
}
