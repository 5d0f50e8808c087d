import type { KeyObject } from 'node:crypto'
import { pageTokens } from '#kernel/sealing/page-token'
import type { ApiError } from '#kernel/error'
import { invalidToken } from './model/refusals.ts'

/** Tokens of paged answers: see `PageTokens`. */
export interface Paging {
  seal(place: unknown, bound: readonly unknown[]): string
  /** @throws ApiError InvalidNextToken, or what `refusal` makes, for a token of another question, or none of ours. */
  open<Place>(token: string, bound: readonly unknown[], refusal?: () => ApiError): Place
}

/** Tokens under a key of the vault. */
export function pagingWith(key: KeyObject): Paging {
  const tokens = pageTokens(key)
  return {
    seal: (place, bound) => tokens.seal(JSON.stringify(place), bound),
    open<Place>(token: string, bound: readonly unknown[], refusal: () => ApiError = invalidToken): Place {
      const place = tokens.open(token, bound)
      if (place === undefined) throw refusal()
      return JSON.parse(place) as Place
    },
  }
}
