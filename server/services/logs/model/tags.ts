import { isReservedTagKey, MOST_TAGS, type Tags } from '#kernel/values/tags'
import { invalidParameter, tooManyTags } from './refusals.ts'

export const tagsIn = (tags: Readonly<Record<string, string>> | undefined): Tags => new Map(Object.entries(tags ?? {}))

/** Refuses keys that are AWS's own. Source: CloudWatch Logs user guide, tag restrictions. */
export function checkTags(tags: Tags): void {
  for (const key of tags.keys())
    if (isReservedTagKey(key)) throw invalidParameter('Tag keys that begin with aws: are reserved for system use.')
}

/** The tags with others put over them. */
export function withTags(old: Tags, more: Tags, resource: string): Tags {
  checkTags(more)
  const all = new Map([...old, ...more])
  if (all.size > MOST_TAGS) throw tooManyTags(resource)
  return all
}
