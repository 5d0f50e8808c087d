import { pageOf } from './page.ts'
import { invalid, invalidInput, tooManyTags } from './refusals.ts'

const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const PATTERN = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]'

/** Tags of one entity. Source: access.md 3.2. */
const MOST_TAGS = 50

interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/**
 * Tags of a request. Keys are unique without regard to case; case is kept. Throws ValidationError for other characters,
 * InvalidInput for a key that stands twice. Source: access.md 3.4, 3.5.
 */
export function tagsOf(tags: readonly Tag[] | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const seen = new Set<string>()
  for (const [index, { Key = '', Value = '' }] of (tags ?? []).entries()) {
    if (!KEY.test(Key)) throw wrong(Key, `tags.${index + 1}.member.key`, `${PATTERN}+`)
    if (!VALUE.test(Value)) throw wrong(Value, `tags.${index + 1}.member.value`, `${PATTERN}*`)
    const lower = Key.toLowerCase()
    // Assumed wording; that the prefix is AWS's own: User Guide, "Tags for IAM resources".
    if (lower.startsWith('aws:')) throw invalidInput('Tag keys that begin with aws: are reserved for AWS.')
    if (seen.has(lower)) throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    seen.add(lower)
    found.set(Key, Value)
  }
  return found
}

/** The same unchecked: what policies see of a request that may still be refused. */
export function sentTags(tags: readonly Tag[] | undefined): ReadonlyMap<string, string> {
  return new Map(tags?.map(({ Key = '', Value = '' }) => [Key, Value]))
}

/**
 * What the tags of an entity are after TagX: a key in another spelling replaces the tag. `kind` (`User`) names the quota.
 * Throws what `tagsOf` throws, InvalidInput for no tags (text assumed), LimitExceeded for too many in the end.
 * Source: access.md 3.4, User Guide "Tags for IAM resources".
 */
export function mergedTags(
  before: ReadonlyMap<string, string>,
  tags: readonly Tag[] | undefined,
  kind: string,
): ReadonlyMap<string, string> {
  const added = tagsOf(tags)
  if (added.size === 0) throw invalidInput('The list of tags must not be empty.')
  const after = new Map([...without(before, added.keys()), ...added])
  if (after.size > MOST_TAGS) throw tooManyTags(kind, MOST_TAGS)
  return after
}

/** What they are after UntagX: keys in any spelling, those that are not there too. Throws ValidationError for other characters. */
export function remainingTags(
  before: ReadonlyMap<string, string>,
  keys: readonly string[] | undefined,
): ReadonlyMap<string, string> {
  for (const [index, key] of (keys ?? []).entries()) {
    if (!KEY.test(key)) throw wrong(key, `tagKeys.${index + 1}.member`, `${PATTERN}+`)
  }
  return without(before, keys ?? [])
}

function without(tags: ReadonlyMap<string, string>, keys: Iterable<string>): Map<string, string> {
  const gone = new Set(Array.from(keys, (key) => key.toLowerCase()))
  return new Map([...tags].filter(([key]) => !gone.has(key.toLowerCase())))
}

/**
 * A page of an entity's tags, in the order of their keys; the marker is the place in it, because a key may be longer than
 * a marker. Source: API_ListUserTags.
 */
export function tagPage(
  tags: ReadonlyMap<string, string>,
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
): { Tags: { Key: string; Value: string }[]; IsTruncated: boolean; Marker?: string } {
  const { after, limit } = pageOf(input)
  if (!/^\d{0,2}$/.test(after)) throw invalid('Invalid Marker.')
  const sorted = tagList(tags).sort((a, b) => (a.Key.toLowerCase() < b.Key.toLowerCase() ? -1 : 1))
  const end = Number(after) + limit
  const Tags = sorted.slice(Number(after), end)
  if (end >= sorted.length) return { Tags, IsTruncated: false }
  return { Tags, IsTruncated: true, Marker: Buffer.from(String(end), 'latin1').toString('base64url') }
}

function wrong(value: string, path: string, pattern: string) {
  return invalid(
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  )
}

/** Tags as an answer lists them. */
export function tagList(tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return Array.from(tags, ([Key, Value]) => ({ Key, Value }))
}
