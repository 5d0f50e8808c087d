import { MOST_TAGS, type Tag, type Tags, tagsIn } from '#kernel/values/tags'
import { invalid } from './refusals.ts'

/** The tags of a request, checked. Source: API_Tag of RDS. */
export function checkedTags(tags: readonly Tag[] | undefined): Tags {
  const found = tagsIn(tags)
  for (const [key, value] of found) {
    if (key.length < 1 || key.length > 128) throw invalid('Tag keys must have 1 to 128 characters.')
    if (value.length > 256) throw invalid('Tag values must have at most 256 characters.')
    if (/^(aws|rds):/i.test(key)) throw invalid(`The tag key ${key} is reserved: it can't begin with aws: or rds:.`)
  }
  return found
}

/** Known tags with others over them. */
export function withTags(tags: Tags, more: Tags): Tags {
  const all = new Map([...tags, ...more])
  if (all.size > MOST_TAGS) throw invalid(`A resource can have at most ${MOST_TAGS} tags.`)
  return all
}
