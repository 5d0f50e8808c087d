import { invalid, invalidParameter } from './refusals.ts'

const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const PATTERN = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]'

interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** The tags of a session, and which of them go on along a chain of roles. */
export interface SessionTags {
  readonly tags: ReadonlyMap<string, string>
  /** Keys, in lower case. */
  readonly transitive: ReadonlySet<string>
}

/** The tags that a session passes on to the sessions that are made with it. `transitive`: keys in lower case. */
export function inheritedTags(
  tags: ReadonlyMap<string, string>,
  transitive: ReadonlySet<string> | undefined,
): ReadonlyMap<string, string> {
  if (transitive === undefined) return new Map()
  return new Map([...tags].filter(([key]) => transitive.has(key.toLowerCase())))
}

/**
 * The tags of a new session: those of the request, and `inherited` ones, which nothing in the request may replace. Keys are
 * unique without regard to case; case is kept. Throws ValidationError for other characters, InvalidParameterValue for the
 * rest. Source: access.md 4.1; API_AssumeRole, Tags ("the same key as an inherited tag").
 */
export function sessionTags(
  requested: readonly Tag[] = [],
  transitiveKeys: readonly string[] = [],
  inherited: ReadonlyMap<string, string> = new Map(),
): SessionTags {
  const tags = new Map(inherited)
  const transitive = new Set([...inherited.keys()].map((key) => key.toLowerCase()))
  const keys = new Set<string>()
  for (const [index, { Key = '', Value = '' }] of requested.entries()) {
    if (!KEY.test(Key)) throw wrong(Key, `tags.${index + 1}.member.key`, `${PATTERN}+`)
    if (!VALUE.test(Value)) throw wrong(Value, `tags.${index + 1}.member.value`, `${PATTERN}*`)
    const lower = Key.toLowerCase()
    // Assumed wording, as for the tags of users.
    if (lower.startsWith('aws:')) throw invalidParameter('Tag keys that begin with aws: are reserved for AWS.')
    if (keys.has(lower)) {
      throw invalidParameter('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    }
    if (transitive.has(lower)) throw conflict()
    keys.add(lower)
    tags.set(Key, Value)
  }
  for (const key of transitiveKeys) {
    const lower = key.toLowerCase()
    if (inherited.size > 0 && transitive.has(lower) && !keys.has(lower)) throw conflict()
    if (!keys.has(lower)) {
      throw invalidParameter('The specified transitive tag key must be included in the requested tags.')
    }
  }
  for (const key of transitiveKeys) transitive.add(key.toLowerCase())
  return { tags, transitive }
}

/** The tags of a principal with those of its session over them; case does not count. Source: access.md 4.1. */
export function withSessionTags(
  principal: ReadonlyMap<string, string>,
  session: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  if (session.size === 0) return principal
  const replaced = new Set([...session.keys()].map((key) => key.toLowerCase()))
  const kept = [...principal].filter(([key]) => !replaced.has(key.toLowerCase()))
  return new Map([...kept, ...session])
}

function conflict() {
  return invalidParameter(
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  )
}

function wrong(value: string, path: string, pattern: string) {
  return invalid(
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  )
}
