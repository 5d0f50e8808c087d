import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { newSecretKey, newSessionKeyId } from './model/access-key.ts'
import { packedTooLarge } from './model/refusals.ts'
import { packed, type SessionContent, sealToken } from './session-token.ts'

/** What a session is made of; the rest is made up. */
export interface Wanted
  extends Omit<SessionContent, 'secret' | 'issuedAt' | 'expiresAt' | 'policyArns' | 'tags' | 'transitive'>,
    Partial<Pick<SessionContent, 'policyArns' | 'tags' | 'transitive'>> {
  readonly seconds: number
}

/** Temporary credentials as the operations answer them. */
export interface Issued {
  readonly Credentials: {
    readonly AccessKeyId: string
    readonly SecretAccessKey: string
    readonly SessionToken: string
    readonly Expiration: Date
  }
  /** Percent of the room for policies and tags; absent when there were none. */
  readonly PackedPolicySize?: number
}

/** Makes temporary credentials at `now` (milliseconds). Throws PackedPolicyTooLarge. */
export type Issue = (wanted: Wanted, now: number) => Issued

/** Nothing is stored: the credentials are what their token says. */
export function issuer(vault: Vault, random: Random): Issue {
  return ({ seconds, ...wanted }, now) => {
    // What clients are told has no fraction of a second.
    const issuedAt = Math.floor(now / 1000) * 1000
    const expiresAt = issuedAt + seconds * 1000
    const SecretAccessKey = newSecretKey(random)
    const content: SessionContent = {
      policyArns: [],
      tags: new Map(),
      transitive: new Set(),
      ...wanted,
      secret: SecretAccessKey,
      issuedAt,
      expiresAt,
    }
    const pack = packed(content)
    if (pack !== undefined && pack.percent > 100) throw packedTooLarge(pack.percent)
    const AccessKeyId = newSessionKeyId(content.account, random)
    const SessionToken = sealToken(vault, AccessKeyId, content, pack)
    const Credentials = { AccessKeyId, SecretAccessKey, SessionToken, Expiration: new Date(expiresAt) }
    return pack === undefined ? { Credentials } : { Credentials, PackedPolicySize: pack.percent }
  }
}
