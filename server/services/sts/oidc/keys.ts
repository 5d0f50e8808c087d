import type { KeyObject } from 'node:crypto'
import { fetchText, type Reach, Unacceptable, Unreachable } from './fetch.ts'
import { type Algorithm, candidates, keysIn, memberOf, type VerificationKey } from './jwks.ts'

/** Whose key is wanted. */
export interface KeyQuestion {
  /** Whose role is asked for: one account's issuers don't take the places of another's. */
  readonly account: string
  /** As the token says it: a URL with its scheme. */
  readonly issuer: string
  /** As its header names it. */
  readonly kid: string | undefined
  readonly algorithm: Algorithm
  /** What the provider that an account registered pins. */
  readonly thumbprints: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Keys that need no network, by issuer: the members of a JWKS. */
export type StaticJwks = ReadonlyMap<string, readonly VerificationKey[]>

export interface KeysOptions extends Reach {
  readonly staticJwks?: StaticJwks | undefined
  /** Told why keys could not be had, for the operator. */
  readonly report?: ((issuer: string, reason: string, cause: unknown) => void) | undefined
}

/** Everything together: name, connections, both documents. */
const TIMEOUT_MS = 5000
const MOST_DISCOVERY = 64 * 1024
const MOST_JWKS = 256 * 1024
/** How long keys are good for. Source: access.md 4.2, step 3. */
const FRESH_MS = 3_600_000
/** Between two fetches because of a key that is not known. */
const RENEW_MS = 30_000
/** From the latest end of a fetch that failed to the next one; twice as long each time, up to the longest. */
const RETRY_MS = 10_000
const LONGEST_RETRY_MS = 80_000
/** Issuers that are kept; fetches at once. */
const MOST_ISSUERS = 1000
const MOST_FETCHES = 64
const MOST_FETCHES_OF_ACCOUNT = 4

interface Entry {
  keys: readonly VerificationKey[]
  /** When `keys` came; never: -Infinity. */
  fetchedAt: number
  triedAt: number
  failure: Unreachable | Unacceptable | undefined
  /** Failures one after another. */
  failures: number
  pending: Promise<void> | undefined
}

/**
 * The public keys of issuers: fetched by way of their discovery documents, one fetch at a time for each issuer, kept for an
 * hour. A key that is not known makes us look again, not more than twice a minute. Keys that were given are never fetched.
 */
export class IssuerKeys {
  readonly #options: KeysOptions
  readonly #entries = new Map<string, Entry>()
  #fetches = 0
  readonly #fetchesOf = new Map<string, number>()

  constructor(options: KeysOptions) {
    this.#options = options
  }

  /** Whether an issuer's URL is one that we would ask. */
  isIssuer(url: string): boolean {
    return url.startsWith('https://') || (this.#options.privateIssuers && url.startsWith('http://'))
  }

  /** The keys that a token may be signed with, perhaps none. Throws Unreachable or Unacceptable when they can't be had. */
  async find(question: KeyQuestion): Promise<readonly KeyObject[]> {
    const { issuer, kid, algorithm, now } = question
    const given = this.#options.staticJwks?.get(issuer)
    if (given !== undefined) return candidates(given, kid, algorithm)
    const entry = this.#entryOf(question)
    const fresh = () => now >= entry.fetchedAt && now - entry.fetchedAt < FRESH_MS
    const found = fresh() ? candidates(entry.keys, kid, algorithm) : []
    if (found.length > 0) return found
    if (entry.pending === undefined) {
      const since = now - entry.triedAt
      if (entry.failure !== undefined && since >= 0 && since < TIMEOUT_MS + retryMs(entry)) throw entry.failure
      if (fresh() && since >= 0 && since < RENEW_MS) return []
      entry.pending = this.#fetch(question, entry).finally(() => {
        entry.pending = undefined
      })
    }
    await entry.pending
    if (entry.failure !== undefined) throw entry.failure
    return candidates(entry.keys, kid, algorithm)
  }

  /** Keys that came by way of a thumbprint are for those who pin it: an account can't vouch for another one's issuer. */
  #entryOf({ issuer, thumbprints }: KeyQuestion): Entry {
    const name = [issuer, ...thumbprints.map((one) => one.toLowerCase()).toSorted()].join('\n')
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    const never = Number.NEGATIVE_INFINITY
    const entry: Entry = {
      keys: [],
      fetchedAt: never,
      triedAt: never,
      failure: undefined,
      failures: 0,
      pending: undefined,
    }
    if (this.#entries.size >= MOST_ISSUERS) this.#entries.delete(this.#entries.keys().next().value as string)
    this.#entries.set(name, entry)
    return entry
  }

  async #fetch(question: KeyQuestion, entry: Entry): Promise<void> {
    const { account, issuer, now } = question
    const own = this.#fetchesOf.get(account) ?? 0
    if (this.#fetches >= MOST_FETCHES || own >= MOST_FETCHES_OF_ACCOUNT) {
      throw new Unreachable('too many issuers are asked at once')
    }
    entry.triedAt = now
    this.#fetches++
    this.#fetchesOf.set(account, own + 1)
    try {
      entry.keys = await this.#keysOf(question)
      entry.fetchedAt = now
      entry.failure = undefined
      entry.failures = 0
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Unacceptable)) throw error
      entry.failure = error
      entry.failures++
      this.#options.report?.(issuer, error.message, error.cause)
    } finally {
      this.#fetches--
      const left = (this.#fetchesOf.get(account) ?? 1) - 1
      if (left > 0) this.#fetchesOf.set(account, left)
      else this.#fetchesOf.delete(account)
    }
  }

  async #keysOf({ issuer, thumbprints, now }: KeyQuestion): Promise<readonly VerificationKey[]> {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const get = async (url: string, mostBytes: number) =>
      parsed(await fetchText({ url, mostBytes, thumbprints, now, signal }, this.#options))
    const base = issuer.endsWith('/') ? issuer.slice(0, -1) : issuer
    const discovery = await get(`${base}/.well-known/openid-configuration`, MOST_DISCOVERY)
    if (memberOf(discovery, 'issuer') !== issuer) throw new Unacceptable('its discovery document names another issuer')
    const uri = memberOf(discovery, 'jwks_uri')
    if (typeof uri !== 'string') throw new Unacceptable('its discovery document names no keys')
    const keys = keysIn(await get(uri, MOST_JWKS))
    if (keys === undefined) throw new Unacceptable('its keys are no JWKS')
    return keys
  }
}

function retryMs({ failures }: Entry): number {
  return Math.min(RETRY_MS * 2 ** Math.min(failures - 1, 10), LONGEST_RETRY_MS)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Unacceptable('its answer is no JSON', { cause })
  }
}
