import { invalid } from './refusals.ts'

/** Tags on one rule or bus. Source: API_TagResource. */
const MOST_TAGS = 50

interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** The tags of a request; of two of one name the last counts. Assumed: the texts. */
export function checkedTags(tags: readonly Tag[] | undefined): ReadonlyMap<string, string> {
  const checked = new Map((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
  if ([...checked.keys()].some((key) => /^aws:/i.test(key)))
    throw invalid('Tag keys that begin with aws: are reserved.')
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

export const shownTags = (tags: ReadonlyMap<string, string>) => Array.from(tags, ([Key, Value]) => ({ Key, Value }))

function bounded(tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (tags.size > MOST_TAGS) throw invalid(`A resource can have at most ${MOST_TAGS} tags.`)
  return tags
}
