import { isReservedTagKey, MOST_TAGS, type Tags } from '#kernel/values/tags'
import { reservedTagKey, tooManyTags } from './refusals.ts'

/** The tags of a request. */
export function checkedTags(tags: Readonly<Record<string, string>>): Tags {
  const checked = new Map(Object.entries(tags))
  if ([...checked.keys()].some(isReservedTagKey)) throw reservedTagKey()
  return bounded(checked)
}

/** The tags after TagResource. */
export const withTags = (before: Tags, more: Tags) => bounded(new Map([...before, ...more]))

function bounded(tags: Tags): Tags {
  if (tags.size > MOST_TAGS) throw tooManyTags()
  return tags
}
