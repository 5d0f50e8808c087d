import { reservedTagKey, tooManyTags } from './refusals.ts'

/** Tags on one function. Source: API_TagResource. */
const MOST_TAGS = 50

/** The tags of a request. */
export function checkedTags(tags: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const checked = new Map(Object.entries(tags))
  if ([...checked.keys()].some((key) => /^aws:/i.test(key))) throw reservedTagKey()
  return bounded(checked)
}

/** The tags after TagResource. */
export const withTags = (before: ReadonlyMap<string, string>, more: ReadonlyMap<string, string>) =>
  bounded(new Map([...before, ...more]))

/** The tags after UntagResource; keys that are not there are ignored. */
export function withoutTags(before: ReadonlyMap<string, string>, keys: readonly string[]): ReadonlyMap<string, string> {
  const gone = new Set(keys)
  return new Map([...before].filter(([key]) => !gone.has(key)))
}

function bounded(tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (tags.size > MOST_TAGS) throw tooManyTags()
  return tags
}
