import type { KeyObject } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { pagingWith as sealed } from '#kernel/sealing/paging'
import type { Vault } from '#kernel/sealing/vault'

/** Where a listing goes on: in which of the places that it looks at (see `segments.ts`), and after which name or version there. */
export type Position<After = string | number> = readonly [place: number, after: After]

/** Tokens of paged answers: see `PageTokens`. Source: parameterstore.md 8.3. */
export interface Paging {
  /** The token for `position`. */
  seal(position: Position, bound: readonly unknown[]): string
  /** @throws ApiError InvalidNextToken for a token of another question, or none of ours. */
  open<After extends string | number = string>(token: string, bound: readonly unknown[]): Position<After>
}

/** Tokens under a key of the vault. */
export const pagingWith = (key: KeyObject): Paging => sealed(key, invalidToken)

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
