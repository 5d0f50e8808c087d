import { invalid, invalidInput } from './refusals.ts'

const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const PATTERN = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]'

interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/**
 * Tags of a request. Keys are unique without regard to case; case is kept. Throws ValidationError for other characters,
 * InvalidInput for a key that stands twice. Source: access.md 3.4, 3.5.
 */
export function tagsOf(tags: readonly Tag[] | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const seen = new Set<string>()
  for (const [index, { Key = '', Value = '' }] of (tags ?? []).entries()) {
    if (!KEY.test(Key)) throw wrong(Key, `tags.${index + 1}.member.key`, `${PATTERN}+`)
    if (!VALUE.test(Value)) throw wrong(Value, `tags.${index + 1}.member.value`, `${PATTERN}*`)
    const lower = Key.toLowerCase()
    if (seen.has(lower)) throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    seen.add(lower)
    found.set(Key, Value)
  }
  return found
}

/** The same unchecked: what policies see of a request that may still be refused. */
export function sentTags(tags: readonly Tag[] | undefined): ReadonlyMap<string, string> {
  return new Map(tags?.map(({ Key = '', Value = '' }) => [Key, Value]))
}

function wrong(value: string, path: string, pattern: string) {
  return invalid(
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  )
}

/** Tags as an answer lists them. */
export function tagList(tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return Array.from(tags, ([Key, Value]) => ({ Key, Value }))
}
