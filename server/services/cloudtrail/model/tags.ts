import { ApiError } from '#kernel/error'
import { isReservedTagKey, MOST_TAGS, type Tag, type Tags } from '#kernel/values/tags'

const refused = (text: string) => new ApiError('InvalidTagParameterException', text)

/** The tags of a request. Throws InvalidTagParameterException. Source: API_AddTags, API_Tag; the texts are Assumed. */
export function checkedTags(tags: readonly Tag[]): Tags {
  const checked = new Map<string, string>()
  for (const { Key = '', Value = '' } of tags) {
    if (Key.length < 1 || Key.length > 128) throw refused('A tag key must have 1 to 128 characters.')
    if (Value.length > 256) throw refused('A tag value must have at most 256 characters.')
    const good = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
    if (!good.test(Key) || !good.test(Value)) throw refused('A tag has characters that are not allowed.')
    if (isReservedTagKey(Key)) throw refused('Tag keys that begin with aws: are reserved.')
    if (checked.has(Key)) throw refused(`The tag key ${Key} is there more than once.`)
    checked.set(Key, Value)
  }
  return checked
}

/** Throws TagsLimitExceededException. */
export function checkCount(tags: Tags): void {
  if (tags.size > MOST_TAGS)
    throw new ApiError(
      'TagsLimitExceededException',
      `The number of tags per trail has exceeded the limit of ${MOST_TAGS}.`,
    )
}
