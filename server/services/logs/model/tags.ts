import { invalidParameter, tooManyTags } from './refusals.ts'

/** Tags of one resource. Source: API_TagResource. */
const MOST = 50

export const tagsIn = (tags: Readonly<Record<string, string>> | undefined): ReadonlyMap<string, string> =>
  new Map(Object.entries(tags ?? {}))

/** Refuses keys that are AWS's own. Source: CloudWatch Logs user guide, tag restrictions. */
export function checkTags(tags: ReadonlyMap<string, string>): void {
  for (const key of tags.keys())
    if (/^aws:/i.test(key)) throw invalidParameter('Tag keys that begin with aws: are reserved for system use.')
}

/** The tags with others put over them. */
export function withTags(
  old: ReadonlyMap<string, string>,
  more: ReadonlyMap<string, string>,
  resource: string,
): ReadonlyMap<string, string> {
  checkTags(more)
  const all = new Map([...old, ...more])
  if (all.size > MOST) throw tooManyTags(resource)
  return all
}

export const withoutTags = (old: ReadonlyMap<string, string>, keys: readonly string[]): ReadonlyMap<string, string> =>
  new Map([...old].filter(([key]) => !keys.includes(key)))
