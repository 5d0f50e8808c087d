import type { PageTokens } from '#kernel/sealing/page-token'
import { invalidToken } from './model/refusals.ts'

/** Entries on a page. Source: API_DescribeLogGroups. */
const USUAL = 50

/**
 * One page of what `load` lists behind a place: it is asked for one more, to know whether that was all. `bound`: what the token is
 * good for.
 */
export async function pageOf<Item, Place>(
  { nextToken, limit = USUAL }: { readonly nextToken?: string | undefined; readonly limit?: number | undefined },
  tokens: PageTokens,
  bound: readonly unknown[],
  load: (after: Place | undefined, most: number) => Promise<readonly Item[]>,
  placeOf: (item: Item) => Place,
): Promise<{ readonly items: readonly Item[]; readonly nextToken?: string }> {
  const found = await load(nextToken === undefined ? undefined : opened<Place>(tokens, nextToken, bound), limit + 1)
  const items = found.slice(0, limit)
  const last = items.at(-1)
  if (found.length <= limit || last === undefined) return { items }
  return { items, nextToken: tokens.seal(JSON.stringify(placeOf(last)), bound) }
}

/** The place in a token. Throws InvalidParameterException for a token of another question, or none of ours. */
export function opened<Place>(tokens: PageTokens, token: string, bound: readonly unknown[]): Place {
  const place = tokens.open(token, bound)
  if (place === undefined) throw invalidToken()
  return JSON.parse(place) as Place
}
