import { fieldsPattern } from './fields.ts'
import { jsonPattern } from './json.ts'
import type { Message } from './message.ts'
import { termsPattern } from './terms.ts'

export { Message } from './message.ts'

/** A filter pattern, read once. */
export interface Pattern {
  matches(message: Message): boolean
  /** What the pattern names in a message, by name: `$.a.b`, `$field`. */
  extract(message: Message): Readonly<Record<string, string>>
  /** The value of one name in a message; undefined when it has none. */
  value(message: Message, name: string): string | undefined
  /** Steps that its expressions take for one character at the most; 0 without any. */
  readonly cost: number
  /** Steps that all of it takes for one character, its expressions and what else it looks for. */
  readonly work: number
}

/** Reads a pattern; the empty one takes every message. Throws InvalidParameterException. Source: surroundings.md 3. */
export function pattern(text: string): Pattern {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return jsonPattern(trimmed)
  if (trimmed.startsWith('[')) return fieldsPattern(trimmed)
  return termsPattern(trimmed)
}

const MOST_KNOWN = 500
const known = new Map<string, Pattern>()

/** The same, remembered: the filters of groups are asked about every batch. */
export function knownPattern(text: string): Pattern {
  const found = known.get(text)
  if (found !== undefined) return found
  const made = pattern(text)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(text, made)
  return made
}
