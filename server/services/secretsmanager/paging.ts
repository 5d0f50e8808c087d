import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { invalidNextToken } from './model/refusals.ts'

const MAC_BYTES = 32

/** Where a listing goes on: what it is sorted by, and the name or id that comes after that. */
export type Position = readonly [number, string]

/**
 * Tokens of paged answers: the place where the next page begins, with a MAC over it and over what the token is `bound`
 * to (operation, account, region, filters, order). A token that we did not make for the same question is refused, so the
 * position inside can be trusted. Tokens are not encrypted: they hold nothing that the listing itself does not show.
 */
export interface Paging {
  /** The token for `position`, at most 4,096 characters. */
  seal(position: Position, bound: readonly unknown[]): string
  /** @throws ApiError InvalidNextTokenException for a token of another question, or none of ours. */
  open(token: string, bound: readonly unknown[]): Position
}

/** Tokens under `key`, which comes from the vault so that every node and every start accepts them. */
export function pagingWith(key: KeyObject): Paging {
  const macOf = (position: Buffer, bound: readonly unknown[]) =>
    createHmac('sha256', key).update(JSON.stringify(bound)).update('\n').update(position).digest()
  return {
    seal(position, bound) {
      const clear = Buffer.from(JSON.stringify(position))
      return Buffer.concat([macOf(clear, bound), clear]).toString('base64url')
    },
    open(token, bound) {
      const bytes = Buffer.from(token, 'base64url')
      const clear = bytes.subarray(MAC_BYTES)
      const given = bytes.subarray(0, MAC_BYTES)
      // Base64 has many spellings of the same bytes: only ours is a token.
      const ours =
        clear.length > 0 && bytes.toString('base64url') === token && timingSafeEqual(macOf(clear, bound), given)
      if (!ours) throw invalidNextToken()
      return JSON.parse(clear.toString()) as Position
    },
  }
}
