import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { ApiError } from '#kernel/error'
import type { Vault } from '#kernel/sealing/vault'

const MAC_BYTES = 32

/** Where a listing goes on: in which of the places that it looks at (see `segments.ts`), and after which name or version there. */
export type Position<After = string | number> = readonly [place: number, after: After]

/**
 * Tokens of paged answers: a place with a MAC over it and over what the token is `bound` to (operation, account, region, filters), so
 * that the place inside can be trusted. They hold nothing that the listing itself does not show. Source: parameterstore.md 8.3.
 */
export interface Paging {
  /** The token for `position`. */
  seal(position: Position, bound: readonly unknown[]): string
  /** @throws ApiError InvalidNextToken for a token of another question, or none of ours. */
  open<After extends string | number = string>(token: string, bound: readonly unknown[]): Position<After>
}

/** Tokens under `key`, which comes from the vault so that every node and every start accepts them. */
export function pagingWith(key: KeyObject): Paging {
  const macOf = (clear: Buffer, bound: readonly unknown[]) =>
    createHmac('sha256', key).update(JSON.stringify(bound)).update('\n').update(clear).digest()
  return {
    seal(position, bound) {
      const clear = Buffer.from(JSON.stringify(position))
      return Buffer.concat([macOf(clear, bound), clear]).toString('base64url')
    },
    open<After extends string | number>(token: string, bound: readonly unknown[]): Position<After> {
      const bytes = Buffer.from(token, 'base64url')
      const clear = bytes.subarray(MAC_BYTES)
      // Base64 has many spellings of the same bytes: only ours is a token.
      const spelled = clear.length > 0 && bytes.toString('base64url') === token
      if (!spelled || !timingSafeEqual(macOf(clear, bound), bytes.subarray(0, MAC_BYTES))) {
        throw invalidToken(token)
      }
      return JSON.parse(clear.toString()) as Position<After>
    },
  }
}

const LABEL = 'ssm/page'

/** The same with the place encrypted: where a page may end behind a parameter that its reader must not know of. */
export function hiddenPaging(vault: Pick<Vault, 'wrap' | 'unwrap'>): Paging {
  return {
    seal: (position, bound) =>
      vault.wrap(LABEL, Buffer.from(JSON.stringify(position)), [JSON.stringify(bound)]).toString('base64url'),
    open<After extends string | number>(token: string, bound: readonly unknown[]): Position<After> {
      const bytes = Buffer.from(token, 'base64url')
      if (bytes.toString('base64url') !== token) throw invalidToken(token)
      let clear: Buffer
      try {
        clear = vault.unwrap(LABEL, bytes, [JSON.stringify(bound)])
      } catch (error) {
        // Of another question, altered, or none of ours: which of these is nobody's business.
        throw Object.assign(invalidToken(token), { cause: error })
      }
      return JSON.parse(clear.toString()) as Position<After>
    },
  }
}

/** Recorded: parameterstore.md 7.4. */
function invalidToken(token: string): ApiError {
  return new ApiError('InvalidNextToken', `The following token is invalid: ${token}.`)
}
