import type { Json } from '#kernel/authorization/json'
import type { ContextValue } from '#kernel/authorization/policy'
import { invalidToken, wrongAudience } from '../model/refusals.ts'
import { type SessionTags, sessionTags } from '../model/tags.ts'
import { textIn, type Token } from './token.ts'

/** What a token of a registered provider says about its holder. */
export interface WebIdentity {
  readonly subject: string
  readonly audience: string
  /** Condition keys of the provider, in lower case: `token.example.com:sub`. */
  readonly keys: ReadonlyMap<string, ContextValue>
  readonly session: SessionTags
  readonly sourceIdentity: string | undefined
}

const TAGS = 'https://aws.amazon.com/tags'
const SOURCE_IDENTITY = 'https://aws.amazon.com/source_identity'
const MOST_TAGS = 50
const LENGTH = { key: 128, value: 256 }
/** What `RoleSessionName` and `SourceIdentity` may be as members of requests. */
const NAME = /^[\w+=,.@-]{2,64}$/

/**
 * Reads the claims of a token whose signature was right. `clientIds`: those that the provider's account registered. Throws
 * InvalidIdentityToken. Source: access.md 4.2, steps 6, 7 and 9.
 */
export function readClaims({ claims }: Token, url: string, clientIds: readonly string[]): WebIdentity {
  const subject = textIn(claims, 'sub')
  const audiences = audiencesIn(claims.get('aud'))
  const party = claims.get('azp')
  if (party !== undefined && typeof party !== 'string') throw wrongAudience()
  // Who asked for the token, where it says so; else whom it is for.
  const audience = (party === undefined ? audiences : [party]).find((one) => clientIds.includes(one))
  if (audience === undefined) throw wrongAudience()
  const keys = new Map<string, ContextValue>()
  for (const [name, value] of claims) {
    const shown = contextValue(value)
    const key = `${url}:${name}`.toLowerCase()
    // Two names that policies can't tell apart: neither may be taken for the other.
    if (keys.has(key)) throw invalidToken('The ID Token provided has claims that differ in case only')
    if (shown !== undefined) keys.set(key, shown)
  }
  keys.set(`${url}:aud`.toLowerCase(), audience)
  if (party !== undefined) keys.set(`${url}:oaud`.toLowerCase(), oneOrMany(audiences))
  else keys.delete(`${url}:oaud`.toLowerCase())
  return { subject, audience, keys, session: tagsIn(claims), sourceIdentity: sourceIdentityIn(claims) }
}

function audiencesIn(claim: Json | undefined): readonly string[] {
  const list = textsIn(claim)
  if (list === undefined || list.length === 0) throw wrongAudience()
  return list
}

/** Texts and lists of texts; policies have no words for the rest. */
function contextValue(claim: Json): ContextValue | undefined {
  const texts = textsIn(claim)
  return typeof claim === 'string' ? claim : texts
}

const oneOrMany = (texts: readonly string[]): ContextValue => (texts.length === 1 ? (texts[0] as string) : texts)

function textsIn(claim: Json | undefined): readonly string[] | undefined {
  const list = Array.isArray(claim) ? (claim as readonly Json[]) : [claim]
  return list.every((one) => typeof one === 'string') ? (list as readonly string[]) : undefined
}

/**
 * Session tags: `{"principal_tags": {"key": ["value"]}, "transitive_tag_keys": ["key"]}` under one claim, or each under a claim of its
 * own below it. Source: access.md 4.2, step 9; User Guide, "Passing session tags using AssumeRoleWithWebIdentity".
 */
function tagsIn(claims: ReadonlyMap<string, Json>): SessionTags {
  const nested = claims.get(TAGS)
  if (nested !== undefined && !(nested instanceof Map)) throw badTags()
  const within = (nested ?? new Map()) as ReadonlyMap<string, Json>
  const principal = within.get('principal_tags') ?? new Map()
  if (!(principal instanceof Map)) throw badTags()
  const written = [...(principal as ReadonlyMap<string, Json>)]
  const flat = `${TAGS}/principal_tags/`
  for (const [name, value] of claims) if (name.startsWith(flat)) written.push([name.slice(flat.length), value])
  const transitive = textsIn(within.get('transitive_tag_keys') ?? claims.get(`${TAGS}/transitive_tag_keys`) ?? [])
  if (transitive === undefined || transitive.length > MOST_TAGS || written.length > MOST_TAGS) throw badTags()
  const tags = written.map(([Key, value]) => {
    const texts = textsIn(value)
    const [Value = ''] = texts ?? []
    if (texts?.length !== 1 || Key === '' || Key.length > LENGTH.key || Value.length > LENGTH.value) throw badTags()
    return { Key, Value }
  })
  return sessionTags(tags, transitive)
}

/** Assumed wording. */
const badTags = () => invalidToken('The session tags in the ID Token provided are not valid')

function sourceIdentityIn(claims: ReadonlyMap<string, Json>): string | undefined {
  const claim = claims.get(SOURCE_IDENTITY)
  if (claim === undefined) return undefined
  // Assumed wording.
  if (typeof claim !== 'string' || !NAME.test(claim))
    throw invalidToken('The source identity in the ID Token provided is not valid')
  return claim
}
