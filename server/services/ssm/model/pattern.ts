import type { ParameterType } from './parameter.ts'
import { areWhole } from './pattern/match.ts'
import { compileSyntax } from './pattern/program.ts'
import { readPattern } from './pattern/syntax.ts'
import { patternMismatch } from './refusals.ts'

/**
 * Refuses a value that is not, as a whole, what the pattern says; of a StringList each item. The pattern is a regular expression of
 * Java's dialect and its author nobody we trust: its program is bounded, and so is the work for one value. Throws
 * InvalidAllowedPatternException for a pattern that is none (or, Assumed, too costly), ParameterPatternMismatchException.
 * Source: parameterstore.md 3.3; docs/decisions/0015-allowed-patterns.md.
 */
export function checkPattern(pattern: string, value: string, type: ParameterType): void {
  const compiled = compileSyntax(readPattern(pattern))
  // Source: parameterstore.md 3.3, reported: each item on its own.
  const items = type === 'StringList' ? value.split(',') : [value]
  if (!areWhole(compiled, new Set(items))) throw patternMismatch(pattern)
}
