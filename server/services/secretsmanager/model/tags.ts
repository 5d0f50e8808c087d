import { isReservedTagKey, MOST_TAGS, type Tag, type Tags } from '#kernel/values/tags'
import { duplicateTagKeys, reservedTagKey, tagWithoutKey, tooManyTags } from './refusals.ts'

/** The tags of a request by key, unchecked: for authorization, which comes before the rules. */
export function tagsIn(tags: readonly Tag[] | undefined): Tags | undefined {
  return tags && new Map(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}

/** The tags of a request by key. Refuses reserved, missing and repeated keys. Source: secretsmanager.md 8.3, 8.19. */
export function checkedTags(tags: readonly Tag[]): Tags {
  const checked = new Map<string, string>()
  for (const { Key, Value = '' } of tags) {
    if (Key === undefined) throw tagWithoutKey()
    if (isReservedTagKey(Key)) throw reservedTagKey()
    if (checked.has(Key)) throw duplicateTagKeys()
    checked.set(Key, Value)
  }
  return checked
}

/** Refuses more tags than a secret can have, those of AWS's own not counted; each operation with the code that its model has. */
export function checkTagCount(tags: Tags, code: 'LimitExceededException' | 'InvalidParameterException'): void {
  const own = tags.size > MOST_TAGS ? [...tags.keys()].filter((key) => !isReservedTagKey(key)).length : 0
  if (own > MOST_TAGS) throw tooManyTags(code)
}

/** The tags after TagResource: a known key keeps its place. */
export function withTags(tags: Tags | undefined, more: Tags): Tags {
  return new Map([...(tags ?? []), ...more])
}

/** The tags after UntagResource; keys that are not there are ignored. Empty is not the same as never tagged. */
export function withoutTags(tags: Tags | undefined, keys: readonly string[]): Tags | undefined {
  if (tags === undefined) return undefined
  const gone = new Set(keys)
  return new Map([...tags].filter(([key]) => !gone.has(key)))
}

/** As the wire shows them. */
export function shownTags(tags: Tags | undefined): { Key: string; Value: string }[] | undefined {
  return tags && Array.from(tags, ([Key, Value]) => ({ Key, Value }))
}
