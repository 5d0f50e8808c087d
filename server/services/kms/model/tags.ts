import { ApiError } from '#kernel/error'

const MOST_TAGS = 50

/** The tags of a request as a map. Source: kms.md 3.1 (texts recorded); members are TagKey and TagValue here. */
export function readTags(
  tags: readonly { readonly TagKey: string | undefined; readonly TagValue: string | undefined }[] | undefined,
): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  for (const { TagKey = '', TagValue = '' } of tags ?? []) {
    if (TagKey.toLowerCase().startsWith('aws:'))
      throw new ApiError('TagException', 'Tags beginning with aws: are reserved')
    if (map.has(TagKey)) throw new ApiError('TagException', 'Duplicate tag keys')
    map.set(TagKey, TagValue)
  }
  if (map.size > MOST_TAGS) throw new ApiError('TagException', 'Too many tags')
  return map
}
