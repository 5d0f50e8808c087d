import type { KeyObject } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { pageTokens } from '#kernel/sealing/page-token'

/** Tokens of paged answers: behind which name the next page begins. See `PageTokens`. */
export interface Paging {
  seal(after: string, bound: readonly string[]): string
  /** Throws ValidationException for a token of another list, or none of ours. */
  open(token: string, bound: readonly string[]): string
}

/** Tokens under a key of the vault. */
export function pagingWith(key: KeyObject): Paging {
  const tokens = pageTokens(key)
  return {
    seal: tokens.seal,
    open(token, bound) {
      const after = tokens.open(token, bound)
      // Assumed: the text.
      if (after === undefined) throw new ApiError('ValidationException', 'The nextToken provided is not valid.')
      return after
    },
  }
}

/** Entries on one page. Source: surroundings.md 4.2. */
const MOST_ON_PAGE = 100

/** One page of what `load` lists behind `after`: it is asked for one more, to know whether that was all. */
export async function pageOf<Item>(
  { NextToken, Limit }: { readonly NextToken?: string | undefined; readonly Limit?: number | undefined },
  bound: readonly string[],
  paging: Paging,
  load: (after: string, most: number) => Promise<readonly Item[]>,
  keyOf: (item: Item) => string,
): Promise<{ readonly items: Item[]; readonly next: { readonly NextToken?: string } }> {
  const most = Limit ?? MOST_ON_PAGE
  const found = await load(NextToken === undefined ? '' : paging.open(NextToken, bound), most + 1)
  const items = found.slice(0, most)
  const last = items.at(-1)
  if (found.length <= most || last === undefined) return { items, next: {} }
  return { items, next: { NextToken: paging.seal(keyOf(last), bound) } }
}
