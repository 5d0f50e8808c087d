import type { Caller } from '#kernel/call'
import type { Unit } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'

/** What temporary credentials carry besides the key. */
export interface SessionToken {
  /** SHA-256 of the token as the client sends it: compared in constant time, and no token is kept. */
  readonly digest: Buffer
  /** Milliseconds since the epoch; from then on the session is over. */
  readonly expiresAt: number
}

/** An access key as the verifier needs it. */
export interface Credential {
  readonly accessKeyId: string
  readonly secret: Secret<string>
  /** Inactive keys answer like unknown ones. */
  readonly active: boolean
  /** Only temporary credentials (ASIA…) have one, and then each request must bring it. */
  readonly sessionToken?: SessionToken
  /**
   * Generation of IAM by which the caller was judged: a unit of work of another one must not go by it. Undefined for dev
   * mode's stand-in, of whom nothing is stored.
   */
  readonly judgedAt?: number
  /** Dev mode's stand-in for a key that nobody has: there is no secret to verify with. Never made by `serve`. */
  readonly unverified?: true
  readonly caller: Caller
}

/**
 * The credential of an access key id; undefined when nobody has it. `token`: the session token that came with the request,
 * if one did: temporary credentials are found by it, and one that is altered or another's finds nothing. A session that is
 * over is found all the same: the verifier refuses it by its `expiresAt`. With `unit` it is looked up there, past all caches.
 */
export type FindCredential = (
  accessKeyId: string,
  token: string | undefined,
  unit?: Unit,
) => Promise<Credential | undefined> | Credential | undefined
