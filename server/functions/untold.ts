import type { Secret } from '#kernel/values/bytes'

/** Longest message of a driver that is told. */
const LONGEST = 500
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a server says must not write lines of its own into a log
const CONTROL = /[\x00-\x1f\x7f]+/g

/**
 * What a driver or a database server said, as it may be told: not at all when one of `secrets` stands in it, in whatever way it
 * is quoted. (Replacing it would show where it stood, and with a short one what it is.)
 */
export function told(message: string, secrets: Iterable<Secret>): string {
  for (const secret of secrets)
    if (waysOf(secret.reveal()).some((way) => message.includes(way)))
      return '(what the database said holds a secret and is not shown)'
  return message.replace(CONTROL, ' ').slice(0, LONGEST)
}

/** As it is; in JSON; as a literal with its quotes doubled, its backslashes too, or escaped by backslashes; in an address. */
function waysOf(secret: string): string[] {
  if (secret === '') return []
  const doubled = secret.replaceAll("'", "''")
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    doubled,
    doubled.replaceAll('\\', '\\\\'),
    secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
    secret.replaceAll('"', '""'),
    encodeURIComponent(secret.toWellFormed()),
  ]
}
