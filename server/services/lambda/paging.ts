import { type Paging, pageOf as onePage } from '#kernel/sealing/paging'

/** Entries on one page. Source: API_ListFunctions: at most 50 are returned whatever is asked for. */
const MOST_ON_PAGE = 50

/** One page of what `load` lists behind a name or number, in the members of this service. `bound`: what its marker is good for. */
export async function pageOf<Item>(
  { Marker, MaxItems = MOST_ON_PAGE }: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  bound: readonly string[],
  paging: Paging,
  load: (after: string, most: number) => Promise<readonly Item[]>,
  keyOf: (item: Item) => string,
): Promise<{ readonly items: readonly Item[]; readonly NextMarker?: string }> {
  const asked = { token: Marker || undefined, most: Math.min(MaxItems, MOST_ON_PAGE), bound }
  const { items, next } = await onePage(paging, asked, (after = '', more) => load(after, more), keyOf)
  return { items, ...(next !== undefined && { NextMarker: next }) }
}
