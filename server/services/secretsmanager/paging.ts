import type { KeyObject } from 'node:crypto'
import { pagingWith as sealed } from '#kernel/sealing/paging'
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
export const pagingWith = (key: KeyObject): Paging => sealed(key, invalidNextToken)
