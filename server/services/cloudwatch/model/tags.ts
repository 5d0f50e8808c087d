import { invalid } from './refusals.ts'

type Tags = ReadonlyMap<string, string>

/** A tag as it comes on the wire. */
interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

const MOST_TAGS = 50

export const tagsIn = (tags: readonly Tag[] | undefined): Tags =>
  new Map((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))

/** Known tags with others over them. Assumed texts. Source: API_TagResource of CloudWatch. */
export function withTags(tags: Tags, more: Tags): Tags {
  for (const key of more.keys())
    if (/^aws:/i.test(key)) throw invalid(`The tag key ${key} is reserved: it can not begin with aws:.`)
  const all = new Map([...tags, ...more])
  if (all.size > MOST_TAGS) throw invalid(`A resource can have at most ${MOST_TAGS} tags.`)
  return all
}

/** As the wire shows them. */
export const shownTags = (tags: Tags): { Key: string; Value: string }[] =>
  Array.from(tags, ([Key, Value]) => ({ Key, Value }))
