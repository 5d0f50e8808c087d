import type { KeyObject } from 'node:crypto'
import type { ApiError } from '#kernel/error'
import { pageTokens } from './page-token.ts'

/** Tokens of a service's paged answers: where the next page begins, as JSON. See `PageTokens`. */
export interface Paging {
  seal(place: unknown, bound: readonly unknown[]): string
  /** The place. Throws the service's refusal, or `refusal`'s, for a token of another question, or none of ours. */
  open<Place>(token: string, bound: readonly unknown[], refusal?: (token: string) => ApiError): Place
}

/** Tokens under a key of the vault; `refusal` words how the service refuses one. */
export function pagingWith(key: KeyObject, refusal: (token: string) => ApiError): Paging {
  const tokens = pageTokens(key)
  return {
    seal: (place, bound) => tokens.seal(JSON.stringify(place), bound),
    open<Place>(token: string, bound: readonly unknown[], refused = refusal): Place {
      const place = tokens.open(token, bound)
      if (place === undefined) throw refused(token)
      return JSON.parse(place) as Place
    },
  }
}

/** Which page is asked for: `token` of the page before, entries at the most, and what its own token is to be good for. */
export interface Asked {
  readonly token: string | undefined
  readonly most: number
  readonly bound: readonly unknown[]
}

/** One page of what `load` lists behind a place: it is asked for one more, to know whether that was all. */
export async function pageOf<Item, Place>(
  paging: Paging,
  { token, most, bound }: Asked,
  load: (after: Place | undefined, most: number) => Promise<readonly Item[]>,
  placeOf: (item: Item) => Place,
): Promise<{ readonly items: Item[]; readonly next?: string }> {
  const found = await load(token === undefined ? undefined : paging.open<Place>(token, bound), most + 1)
  const items = found.slice(0, most)
  const last = items.at(-1)
  if (found.length <= most || last === undefined) return { items }
  return { items, next: paging.seal(placeOf(last), bound) }
}
