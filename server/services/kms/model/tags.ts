import { ApiError } from '#kernel/error'
import { isReservedTagKey, MOST_TAGS, type Tags } from '#kernel/values/tags'

const reserved = () => new ApiError('TagException', 'Tags beginning with aws: are reserved')

/** The tags of a request as a map. Source: kms.md 3.1 (texts recorded); members are TagKey and TagValue here. */
export function readTags(
  tags: readonly { readonly TagKey: string | undefined; readonly TagValue: string | undefined }[] | undefined,
): Tags {
  const map = new Map<string, string>()
  for (const { TagKey = '', TagValue = '' } of tags ?? []) {
    if (isReservedTagKey(TagKey)) throw reserved()
    if (map.has(TagKey)) throw new ApiError('TagException', 'Duplicate tag keys')
    map.set(TagKey, TagValue)
  }
  return checked(map)
}

/** Tags with others over them: a key that is there already, case counts, gets the new value. */
export const withTags = (tags: Tags, more: Tags): Tags => checked(new Map([...tags, ...more]))

/** Throws TagException for keys that nobody but AWS uses. */
export function checkTagKeys(keys: readonly string[]): void {
  if (keys.some(isReservedTagKey)) throw reserved()
}

function checked(tags: Tags): Tags {
  if (tags.size > MOST_TAGS) throw new ApiError('TagException', 'Too many tags')
  return tags
}
