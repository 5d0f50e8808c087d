import { type Paging, pageOf as onePage } from '#kernel/sealing/paging'

/** Entries on one page. Source: surroundings.md 4.2. */
const MOST_ON_PAGE = 100

/** One page of what `load` lists behind a name, in the members of this service. `bound`: what its token is good for. */
export async function pageOf<Item>(
  {
    NextToken: token,
    Limit: most = MOST_ON_PAGE,
  }: { readonly NextToken?: string | undefined; readonly Limit?: number | undefined },
  bound: readonly string[],
  paging: Paging,
  load: (after: string, most: number) => Promise<readonly Item[]>,
  keyOf: (item: Item) => string,
): Promise<{ readonly items: Item[]; readonly next: { readonly NextToken?: string } }> {
  const { items, next } = await onePage(paging, { token, most, bound }, (after = '', more) => load(after, more), keyOf)
  return { items, next: next === undefined ? {} : { NextToken: next } }
}
