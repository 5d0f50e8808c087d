import { ApiError } from '#kernel/error'
import { isReservedTagKey, MOST_TAGS, type Tag, type Tags } from '#kernel/values/tags'

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
  if (isReservedTagKey(key)) throw reservedTagKey()
}

/** The tags after AddTagsToResource and PutParameter: a known key keeps its place. Refuses more than a parameter can have. */
export function withTags(tags: Tags, more: Tags): Tags {
  const all = new Map([...tags, ...more])
  if (ownCount(all) > MOST_TAGS) throw tooManyTags()
  return all
}

/** Those of AWS's own do not count. Source: parameterstore.md 7.10, 15. */
function ownCount(tags: Tags): number {
  if (tags.size <= MOST_TAGS) return tags.size
  return [...tags.keys()].filter((key) => !isReservedTagKey(key)).length
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
