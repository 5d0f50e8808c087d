import { ApiError } from '#kernel/error'

/** A tag as it comes on the wire. */
export interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

export type Tags = ReadonlyMap<string, string>

/** Tags on one parameter; those of AWS's own do not count. Source: parameterstore.md 7.10, 15. */
export const MOST_TAGS = 50

/** Keys that only services give; AWS reserves them in any case. */
const RESERVED = /^aws:/i

/** The tags of a request by key, unchecked: for authorization, which comes before the rules. The last of a repeated key counts. */
export function tagsIn(tags: readonly Tag[] | undefined): Tags | undefined {
  return tags && new Map(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}

/**
 * The tags of a request by key, in their order. Refuses reserved and repeated keys; keys are case-sensitive, empty values are fine.
 * Source: parameterstore.md 7.1, 7.10. Assumed: both refusals are ValidationException, with other services' words.
 */
export function checkedTags(tags: readonly Tag[] | undefined): Tags {
  const checked = new Map<string, string>()
  for (const { Key = '', Value = '' } of tags ?? []) {
    checkTagKey(Key)
    if (checked.has(Key)) throw repeatedTagKey()
    checked.set(Key, Value)
  }
  return checked
}

/** Refuses a reserved key; nobody but a service may give one or take it away. */
export function checkTagKey(key: string): void {
  if (RESERVED.test(key)) throw reservedTagKey()
}

/** The tags after AddTagsToResource and PutParameter: a known key keeps its place. Refuses more than a parameter can have. */
export function withTags(tags: Tags, more: Tags): Tags {
  const all = new Map([...tags, ...more])
  if (ownCount(all) > MOST_TAGS) throw tooManyTags()
  return all
}

/** The tags after RemoveTagsFromResource; keys that are not there are ignored. */
export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys)
  return new Map([...tags].filter(([key]) => !gone.has(key)))
}

/** As the wire shows them: in the order in which they were created. */
export function shownTags(tags: Tags): { Key: string; Value: string }[] {
  return Array.from(tags, ([Key, Value]) => ({ Key, Value }))
}

function ownCount(tags: Tags): number {
  if (tags.size <= MOST_TAGS) return tags.size
  return [...tags.keys()].filter((key) => !RESERVED.test(key)).length
}

/** Without text. Source: parameterstore.md 1.1. Assumed: PutParameter says the same, though its model does not list it. */
function tooManyTags(): ApiError {
  return new ApiError('TooManyTagsError')
}

function reservedTagKey(): ApiError {
  return new ApiError('ValidationException', 'aws: prefixed tag key names are not allowed for external use.')
}

function repeatedTagKey(): ApiError {
  return new ApiError('ValidationException', 'Duplicate tag keys found. Please note that tag keys are case sensitive.')
}
