import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { invalidMarker } from './model/refusals.ts'

const MAC_BYTES = 32

/** Markers of paged answers: behind which name or number the next page begins, with a MAC over it and what is listed. */
export interface Paging {
  seal(after: string, bound: readonly string[]): string
  /** Throws InvalidParameterValueException for a marker of another list, or none of ours. */
  open(marker: string, bound: readonly string[]): string
}

/** Markers under a key of the vault, so that every node and every start accepts them. */
export function pagingWith(key: KeyObject): Paging {
  const macOf = (after: Buffer, bound: readonly string[]) =>
    createHmac('sha256', key).update(JSON.stringify(bound)).update('\n').update(after).digest()
  return {
    seal(after, bound) {
      const clear = Buffer.from(after)
      return Buffer.concat([macOf(clear, bound), clear]).toString('base64url')
    },
    open(marker, bound) {
      const bytes = Buffer.from(marker, 'base64url')
      const clear = bytes.subarray(MAC_BYTES)
      const given = bytes.subarray(0, MAC_BYTES)
      // Base64 has many spellings of the same bytes: only ours is a marker.
      const ours =
        clear.length > 0 && bytes.toString('base64url') === marker && timingSafeEqual(macOf(clear, bound), given)
      if (!ours) throw invalidMarker()
      return clear.toString()
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
