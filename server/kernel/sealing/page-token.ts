import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'

const MAC_BYTES = 32

/**
 * Tokens of paged answers: the place where the next page begins, with a MAC over it and over what the token is `bound` to
 * (operation, account, region, filters, order). A token that we did not make for the same question is none, so the place inside
 * can be trusted. It is not encrypted: it holds nothing that the listing itself does not show.
 */
export interface PageTokens {
  /** The token for a place, as base64url. */
  seal(place: string, bound: readonly unknown[]): string
  /** The place in a token; undefined for a token of another question, or none of ours. */
  open(token: string, bound: readonly unknown[]): string | undefined
}

/** Tokens under `key`, which comes from the vault so that every node and every start accepts them. */
export function pageTokens(key: KeyObject): PageTokens {
  const macOf = (place: Buffer, bound: readonly unknown[]) =>
    createHmac('sha256', key).update(JSON.stringify(bound)).update('\n').update(place).digest()
  return {
    seal(place, bound) {
      const clear = Buffer.from(place)
      return Buffer.concat([macOf(clear, bound), clear]).toString('base64url')
    },
    open(token, bound) {
      const bytes = Buffer.from(token, 'base64url')
      const clear = bytes.subarray(MAC_BYTES)
      // Base64 has many spellings of the same bytes: only ours is a token.
      if (clear.length === 0 || bytes.toString('base64url') !== token) return undefined
      return timingSafeEqual(macOf(clear, bound), bytes.subarray(0, MAC_BYTES)) ? clear.toString() : undefined
    },
  }
}
