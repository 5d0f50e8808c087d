import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { SealBroken } from '#kernel/sealing/broken'
import type { Vault } from '#kernel/sealing/vault'

/** Everything about temporary credentials: nothing of them is stored, their token carries it all, sealed. */
export interface SessionContent {
  /** `user`: got by GetSessionToken, also by the root user. */
  readonly kind: 'role' | 'user' | 'federated'
  readonly account: string
  /** AROA…, AIDA…, or the account id for root: of the role, or of who asked. */
  readonly principal: string
  /** Of the role's session or the federated user; empty for GetSessionToken. */
  readonly name: string
  /** Milliseconds since the epoch, both. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** The secret access key. */
  readonly secret: string
  readonly sourceIdentity?: string | undefined
  /** ARN of the OIDC provider. */
  readonly provider?: string | undefined
  /** The session policy that was given as text. */
  readonly policy?: string | undefined
  /** Those that were given by ARN: what they say is looked up when the session is used. */
  readonly policyArns: readonly string[]
  readonly tags: ReadonlyMap<string, string>
  /** Keys of the tags that go on along a chain of roles, in lower case. */
  readonly transitive: ReadonlySet<string>
}

/*
 *     token  = "SRv1" | base64url( vault.wrap("sts/session", plain, [access key id]) )
 *     plain  = version(1) | u16be(length of head) | head | packed
 *     head   = JSON [kind, account, principal, name, issuedAt, expiresAt, secret, sourceIdentity, provider]
 *     packed = nothing, or raw deflate of JSON [policy, policyArns, tags, transitive]
 *
 * The secret is not in the deflated part, whose length would tell of it to who chooses the policies.
 */

const LABEL = 'sts/session'
/** What all our tokens begin with; what stands behind it does not open everywhere. */
const MARK = 'SRv1'
const VERSION = 1
const HEAD_AT = 3
/** Clients and proxies are made for less than 4,096 characters. Source: access.md 4. */
export const MOST_TOKEN = 4095
/** Bytes that policies and tags may take, packed. With the longest head a token stays below `MOST_TOKEN`. */
const ROOM = 2200
/** What `packed` may become: ten ARNs, a policy and a hundred tags take less than that. */
const MOST_INFLATED = 256 * 1024

/** Policies and tags of a session, packed, and how much of the room for them they take, in percent. */
export interface Packed {
  readonly bytes: Buffer
  readonly percent: number
}

/** Packs policies and tags; undefined when there are none. Over 100 percent the session can't be made. */
export function packed({ policy, policyArns, tags, transitive }: SessionContent): Packed | undefined {
  if (policy === undefined && policyArns.length === 0 && tags.size === 0) return undefined
  const text = Buffer.from(JSON.stringify([policy ?? null, policyArns, [...tags], [...transitive]]))
  const bytes = deflateRawSync(text, { level: 9 })
  const percent = text.length > MOST_INFLATED ? Number.POSITIVE_INFINITY : Math.ceil((bytes.length / ROOM) * 100)
  return { bytes, percent }
}

/** The token of a session, bound to its access key. `pack`: what `packed` answered, not over 100 percent. */
export function sealToken(vault: Vault, accessKeyId: string, content: SessionContent, pack?: Packed): string {
  const { kind, account, principal, name, issuedAt, expiresAt, secret, sourceIdentity, provider } = content
  const words = [kind, account, principal, name, issuedAt, expiresAt, secret, sourceIdentity, provider]
  const head = Buffer.from(JSON.stringify(words))
  const plain = Buffer.concat([Buffer.from([VERSION, head.length >> 8, head.length & 0xff]), head, ...bytesOf(pack)])
  const token = MARK + vault.wrap(LABEL, plain, [accessKeyId]).toString('base64url')
  head.fill(0)
  plain.fill(0)
  if (token.length > MOST_TOKEN) throw new Error(`a session token of ${token.length} characters`)
  return token
}

function bytesOf(pack: Packed | undefined): Buffer[] {
  return pack === undefined ? [] : [pack.bytes]
}

/** Whether a token says that it is one of ours. */
export function isOurs(token: string): boolean {
  return token.startsWith(MARK)
}

/** The session of a token; undefined when it is not the one that was made for this access key, to the last character. */
export function openToken(vault: Vault, accessKeyId: string, token: string): SessionContent | undefined {
  if (!isOurs(token) || token.length > MOST_TOKEN) return undefined
  const body = token.slice(MARK.length)
  const sealed = Buffer.from(body, 'base64url')
  // The decoder skips what it does not know: two texts must not be one token.
  if (sealed.toString('base64url') !== body) return undefined
  let plain: Buffer
  try {
    plain = vault.unwrap(LABEL, sealed, [accessKeyId])
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
  const content = read(plain)
  plain.fill(0)
  return content
}

/** What we sealed ourselves; another version is one of a later server. */
function read(plain: Buffer): SessionContent | undefined {
  if (plain.length < HEAD_AT || plain[0] !== VERSION) return undefined
  const end = HEAD_AT + plain.readUInt16BE(1)
  const words = JSON.parse(plain.toString('utf8', HEAD_AT, end)) as [
    SessionContent['kind'],
    string,
    string,
    string,
    number,
    number,
    string,
    string | null,
    string | null,
  ]
  const [kind, account, principal, name, issuedAt, expiresAt, secret, sourceIdentity, provider] = words
  return {
    ...{ kind, account, principal, name, issuedAt, expiresAt, secret },
    sourceIdentity: sourceIdentity ?? undefined,
    provider: provider ?? undefined,
    ...unpacked(plain.subarray(end)),
  }
}

type Unpacked = Pick<SessionContent, 'policy' | 'policyArns' | 'tags' | 'transitive'>

function unpacked(bytes: Buffer): Unpacked {
  if (bytes.length === 0) return { policy: undefined, policyArns: [], tags: new Map(), transitive: new Set() }
  const text = inflateRawSync(bytes, { maxOutputLength: MOST_INFLATED }).toString('utf8')
  const [policy, policyArns, tags, transitive] = JSON.parse(text) as [
    string | null,
    string[],
    [string, string][],
    string[],
  ]
  return { policy: policy ?? undefined, policyArns, tags: new Map(tags), transitive: new Set(transitive) }
}
