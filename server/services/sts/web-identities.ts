import type { ApiError } from '#kernel/error'
import type { Storage } from '#kernel/storage/storage'
import type { IdentitiesFor } from '../iam/port.ts'
import { noProvider, noVerificationKey, notJwt, providerUnreachable } from './model/refusals.ts'
import { Unacceptable, Unreachable } from './oidc/fetch.ts'
import type { IssuerKeys } from './oidc/keys.ts'
import { checkTimes, isSigned, parseToken, type Token } from './oidc/token.ts'

/** A token that is what it says: its issuer signed it, and its time has not passed. */
export interface Proven {
  readonly token: Token
  /** URL of the issuer without its scheme, as accounts register it. */
  readonly url: string
}

/**
 * Proves ID tokens. That may take seconds, so it is done before the unit of work, and found again by the request's input. Only
 * issuers that the role's account has registered are asked for their keys: nobody else can send us anywhere.
 */
export class WebIdentities {
  readonly #storage: Storage
  readonly #identities: IdentitiesFor
  readonly #keys: IssuerKeys
  readonly #proven = new WeakMap<object, Proven>()

  constructor(storage: Storage, identities: IdentitiesFor, keys: IssuerKeys) {
    this.#storage = storage
    this.#identities = identities
    this.#keys = keys
  }

  /**
   * Proves the token of a request. `account`: the role's. Throws InvalidIdentityToken, IDPCommunicationError and
   * ExpiredTokenException. Source: access.md 4.2, steps 1 to 5.
   */
  async prove(input: object, text: string, account: string, now: number): Promise<void> {
    const token = parseToken(text)
    const { issuer, kid, algorithm } = token
    if (!this.#keys.isIssuer(issuer)) throw noProvider(issuer)
    const url = issuer.slice(issuer.indexOf('://') + 3)
    const provider = await this.#storage.unit('read', (unit) => this.#identities(unit).provider(account, url))
    if (provider === undefined) throw noProvider(issuer)
    const { thumbprints } = provider
    const keys = await this.#keys.find({ account, issuer, kid, algorithm, thumbprints, now }).catch((error) => {
      throw refusalOf(error)
    })
    if (keys.length === 0) throw noVerificationKey()
    // Assumed: the text.
    if (!(await isSigned(token, keys))) throw notJwt()
    checkTimes(token, now)
    this.#proven.set(input, { token, url })
  }

  /** What was proven of a request. */
  of(input: object): Proven {
    const proven = this.#proven.get(input)
    if (proven === undefined) throw new Error('the token of this request was not proven')
    return proven
  }
}

/** Why is for the operator to know: the log has it. */
function refusalOf(error: unknown): unknown {
  if (error instanceof Unreachable) return providerUnreachable() satisfies ApiError
  return error instanceof Unacceptable ? noVerificationKey() : error
}
