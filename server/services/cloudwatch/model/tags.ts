import { isReservedTagKey, MOST_TAGS, type Tags } from '#kernel/values/tags'
import { invalid } from './refusals.ts'

/** Known tags with others over them. Assumed texts. Source: API_TagResource of CloudWatch. */
export function withTags(tags: Tags, more: Tags): Tags {
  for (const key of more.keys())
    if (isReservedTagKey(key)) throw invalid(`The tag key ${key} is reserved: it can not begin with aws:.`)
  const all = new Map([...tags, ...more])
  if (all.size > MOST_TAGS) throw invalid(`A resource can have at most ${MOST_TAGS} tags.`)
  return all
}
