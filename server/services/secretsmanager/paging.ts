import type { KeyObject } from 'node:crypto'
import { pageTokens } from '#kernel/sealing/page-token'
import { invalidNextToken } from './model/refusals.ts'

/** Where a listing goes on: what it is sorted by, and the name or id that comes after that. */
export type Position = readonly [number, string]

/** Tokens of paged answers: see `PageTokens`. */
export interface Paging {
  /** The token for `position`, at most 4,096 characters. */
  seal(position: Position, bound: readonly unknown[]): string
  /** @throws ApiError InvalidNextTokenException for a token of another question, or none of ours. */
  open(token: string, bound: readonly unknown[]): Position
}

/** Tokens under a key of the vault. */
export function pagingWith(key: KeyObject): Paging {
  const tokens = pageTokens(key)
  return {
    seal: (position, bound) => tokens.seal(JSON.stringify(position), bound),
    open(token, bound) {
      const place = tokens.open(token, bound)
      if (place === undefined) throw invalidNextToken()
      return JSON.parse(place) as Position
    },
  }
}
