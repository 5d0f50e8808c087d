import { isReservedTagKey, MOST_TAGS, type Tag, type Tags, tagsIn } from '#kernel/values/tags'
import { invalid } from './refusals.ts'

/** The tags of a request; of two of one name the last counts. Assumed: the texts. */
export function checkedTags(tags: readonly Tag[] | undefined): Tags {
  const checked = tagsIn(tags)
  if ([...checked.keys()].some(isReservedTagKey)) throw invalid('Tag keys that begin with aws: are reserved.')
  return bounded(checked)
}

/** The tags after TagResource. */
export const withTags = (before: Tags, more: Tags) => bounded(new Map([...before, ...more]))

function bounded(tags: Tags): Tags {
  if (tags.size > MOST_TAGS) throw invalid(`A resource can have at most ${MOST_TAGS} tags.`)
  return tags
}
