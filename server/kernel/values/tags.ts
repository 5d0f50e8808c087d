/** A tag as it comes on the wire. */
export interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** The tags of a resource, in the order in which they were given. */
export type Tags = ReadonlyMap<string, string>

/** Tags on one resource, of every service. Source: Tagging AWS Resources User Guide, "Tag naming limits and requirements". */
export const MOST_TAGS = 50

/** Keys that nobody but AWS gives. Source: the same. */
export const isReservedTagKey = (key: string): boolean => /^aws:/i.test(key)

/** The tags of a request by key, unchecked: for authorization, which comes before the rules. The last of a repeated key counts. */
export const tagsIn = (tags: readonly Tag[] = []): Tags => new Map(tags.map(({ Key = '', Value = '' }) => [Key, Value]))

/** Tags without those of these keys; keys that are not there are passed over. */
export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys)
  return new Map([...tags].filter(([key]) => !gone.has(key)))
}

/** As the wire shows them. */
export const shownTags = (tags: Tags): { Key: string; Value: string }[] =>
  Array.from(tags, ([Key, Value]) => ({ Key, Value }))
