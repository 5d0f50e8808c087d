/** `*` in patterns: any run of characters. */

/** What a wildcard's text is made of: the texts between its stars. One text: no star at all. */
export interface Wildcard {
  readonly segments: readonly string[]
}

/** What is wrong with a wildcard's text. `at` counts as AWS does: from 1. */
export interface WildcardFault {
  readonly fault: 'consecutive' | 'escape' | 'complex'
  readonly at: number
}

/** The same text between stars may stand so often. Assumed; recorded: `*:*:*:*:*:event-bus/*` is refused. */
const MOST_REPEATS = 3

/** Reads `*`, `\*` and `\\`. */
export function wildcardOf(text: string): Wildcard | WildcardFault {
  const segments: string[] = []
  let segment = ''
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '*') {
      if (text.charAt(i + 1) === '*') return { fault: 'consecutive', at: i + 1 }
      segments.push(segment)
      segment = ''
    } else if (character === '\\') {
      const next = text.charAt(i + 1)
      if (next !== '*' && next !== '\\') return { fault: 'escape', at: i + 1 }
      segment += next
      i++
    } else segment += character
  }
  segments.push(segment)
  return repeats(segments.slice(1, -1)) > MOST_REPEATS ? { fault: 'complex', at: 0 } : { segments }
}

function repeats(between: readonly string[]): number {
  const times = new Map<string, number>()
  let most = 0
  for (const segment of between) {
    const now = (times.get(segment) ?? 0) + 1
    times.set(segment, now)
    most = Math.max(most, now)
  }
  return most
}

/**
 * Whether a text is like a wildcard, in time linear in both, whatever they are: between first and last each segment is looked for
 * behind the one before, as early as it comes.
 */
export function wildcardTest({ segments }: Wildcard): (value: string) => boolean {
  const first = segments[0] as string
  if (segments.length === 1) return (value) => value === first
  const last = segments.at(-1) as string
  const between = segments.slice(1, -1).map(search)
  return (value) => {
    const end = value.length - last.length
    if (end < first.length || !value.startsWith(first) || !value.endsWith(last)) return false
    let from = first.length
    for (const find of between) {
      from = find(value, from, end)
      if (from < 0) return false
    }
    return true
  }
}

/** A search for one text, from `from` to before `end`, after Knuth, Morris and Pratt; answers where it ends, or -1. */
function search(sought: string): (value: string, from: number, end: number) => number {
  const borders = new Uint16Array(sought.length)
  for (let i = 1, border = 0; i < sought.length; i++) {
    while (border > 0 && sought.charCodeAt(i) !== sought.charCodeAt(border)) border = borders[border - 1] as number
    if (sought.charCodeAt(i) === sought.charCodeAt(border)) border++
    borders[i] = border
  }
  return (value, from, end) => {
    let same = 0
    for (let at = from; at < end; at++) {
      const code = value.charCodeAt(at)
      while (same > 0 && code !== sought.charCodeAt(same)) same = borders[same - 1] as number
      if (code === sought.charCodeAt(same)) same++
      if (same === sought.length) return at + 1
    }
    return -1
  }
}
