import { spend } from '#kernel/authorization/budget'
import { ANY_RUN, ANYTHING, codesOf, covers, type Glob, globOf, textOf } from '#kernel/authorization/glob'
import type { Context } from '#kernel/authorization/policy'

/** `${key}` or `${key, 'default'}` in a policy of version 2012-10-17. The key is in lower case. */
interface Variable {
  readonly key: string
  readonly fallback: string | undefined
}

/** Text of a policy: a glob, or a template that becomes one for each request. */
export interface Pattern {
  readonly glob: Glob | undefined
  /** Units (with wildcards) and variables in turn; only when there is a variable. */
  readonly template: readonly (readonly number[] | Variable)[]
  readonly simple: Simple | undefined
}

/** A template without wildcards, but for a `*` at its end when it is `open`; most are. */
interface Simple {
  readonly parts: readonly (string | Variable)[]
  readonly open: boolean
}

const ANY_PATTERN: Pattern = { glob: ANYTHING, template: [], simple: undefined }

/**
 * Compiles text. `variables`: `${…}` is looked up at the time of the request (else it is literal text); `wildcards`: `*`
 * and `?` are wild. `${*}`, `${?}` and `${$}` are the characters themselves.
 */
export function patternOf(text: string, variables: boolean, wildcards: boolean): Pattern {
  if (!variables || !text.includes('${')) return globPattern(codesOf(text, wildcards))
  const template: (number[] | Variable)[] = [[]]
  const literal = () => {
    const last = template.at(-1)
    if (Array.isArray(last)) return last
    const fresh: number[] = []
    template.push(fresh)
    return fresh
  }
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('${', at)
    const close = open < 0 ? -1 : text.indexOf('}', open)
    if (close < 0) {
      append(literal(), codesOf(text.slice(at), wildcards))
      break
    }
    append(literal(), codesOf(text.slice(at, open), wildcards))
    const inside = text.slice(open + 2, close)
    if (inside === '*' || inside === '?' || inside === '$') literal().push(inside.charCodeAt(0))
    else template.push(variableOf(inside))
    at = close + 1
  }
  if (template.length === 1) return globPattern(literal())
  return { glob: undefined, template, simple: simpleOf(template) }
}

function globPattern(codes: readonly number[]): Pattern {
  return { glob: globOf(codes), template: [], simple: undefined }
}

function simpleOf(template: Pattern['template']): Simple | undefined {
  const last = template.at(-1) as Pattern['template'][number]
  const open = !('key' in last) && last.at(-1) === ANY_RUN
  const parts = template.map((part, i) => {
    if ('key' in part) return part
    const codes = open && i === template.length - 1 ? part.slice(0, -1) : part
    return codes.some((code) => code < 0) ? undefined : textOf(codes)
  })
  return parts.includes(undefined) ? undefined : { parts: parts as (string | Variable)[], open }
}

function variableOf(inside: string): Variable {
  const comma = inside.indexOf(',')
  if (comma < 0) return { key: inside.trim().toLowerCase(), fallback: undefined }
  const quoted = inside.slice(comma + 1).trim()
  const fallback =
    quoted.length >= 2 && quoted.startsWith("'") && quoted.endsWith("'") ? quoted.slice(1, -1) : undefined
  return { key: inside.slice(0, comma).trim().toLowerCase(), fallback }
}

/**
 * The glob for one request; undefined when a variable has no value (or several) and no default: then nothing matches.
 * Wildcards in a value are plain characters, so a tag `*` gives nobody more (access.md 7, 29).
 */
export function resolve(pattern: Pattern, context: Context): Glob | undefined {
  if (pattern.glob !== undefined) return pattern.glob
  if (pattern.simple !== undefined) return joined(pattern.simple, context)
  const codes: number[] = []
  for (const part of pattern.template) {
    if ('key' in part) {
      const value = textFor(part, context)
      if (value === undefined) return undefined
      append(codes, codesOf(value, false))
    } else {
      if (!spend(part.length)) return undefined
      append(codes, part)
    }
  }
  return globOf(codes)
}

function joined({ parts, open }: Simple, context: Context): Glob | undefined {
  let text = ''
  for (let i = 0; i < parts.length; i++) {
    const value = textFor(parts[i] as string | Variable, context)
    if (value === undefined) return undefined
    text += value
  }
  return { kind: open ? 'prefix' : 'literal', text, segments: NO_SEGMENTS }
}

const NO_SEGMENTS: Glob['segments'] = []

/** The text itself, or what the variable stands for; undefined for none, or none that the steps suffice for. */
function textFor(part: string | Variable, context: Context): string | undefined {
  if (typeof part === 'string') return spend(part.length) ? part : undefined
  const found = context(part.key)
  const value = found === undefined ? part.fallback : found
  return typeof value === 'string' && spend(1 + value.length) ? value : undefined
}

/** Without spreading: a text may be longer than a call has room for arguments. */
function append(codes: number[], more: readonly number[]): void {
  for (let i = 0; i < more.length; i++) codes.push(more[i] as number)
}

/** An ARN with wildcards: compared part by part, so that no `*` reaches across the first five colons. */
export interface ArnPattern {
  /** The whole text; decides alone when `exact`, and for the resource `*`. */
  readonly whole: Pattern
  readonly exact: boolean
  /** Six, the missing ones `*`. */
  readonly parts: readonly Pattern[]
  /** Fewer than six parts were written. */
  readonly short: boolean
  readonly wild: boolean
  /** The first five parts and their colons, when all of them are literal. */
  readonly lead: string | undefined
  /** What the last part begins with in any case. */
  readonly head: string
}

/**
 * Compiles an ARN pattern. In a `Resource` (`lastOnly`) variables stand in the last part only, in a condition anywhere.
 * Source: access.md 5.2, 5.3.
 */
export function arnPatternOf(text: string, variables: boolean, lastOnly: boolean): ArnPattern {
  const written = splitArn(text, variables)
  const short = written.length < 6
  const parts = written.map((part, i) => patternOf(part, variables && (!lastOnly || i === 5), true))
  while (parts.length < 6) parts.push(ANY_PATTERN)
  const whole = patternOf(text, false, true)
  const wild = text.includes('*') || text.includes('?')
  const plain = parts.every((part) => part.glob !== undefined)
  const literal = parts.every((part) => part.glob?.kind === 'literal')
  const prefix =
    parts.slice(0, 5).every((part) => part.glob?.kind === 'literal') &&
    (parts[5]?.glob?.kind === 'prefix' || parts[5]?.glob?.kind === 'any')
  const ending = short ? undefined : parts[5]
  // `${*}` makes the parts literal though the text is not; then the parts decide.
  const same = whole.glob?.kind === 'literal' || whole.glob?.kind === 'prefix'
  return {
    whole,
    parts,
    short,
    wild,
    lead: leadOf(parts),
    head: ending === undefined ? '' : headOf(ending),
    exact: text === '*' || (plain && !short && same && !text.includes('${') && (literal || prefix)),
  }
}

function leadOf(parts: readonly Pattern[]): string | undefined {
  let lead = ''
  for (const { glob } of parts.slice(0, 5)) {
    // A colon in a part would be another colon of the ARN.
    if (glob?.kind !== 'literal' || glob.text.includes(':')) return undefined
    lead += `${glob.text}:`
  }
  return lead
}

/** The literal text that everything begins with that the pattern covers. */
function headOf({ glob, template }: Pattern): string {
  if (glob !== undefined && glob.kind !== 'general') return glob.text
  const first = glob === undefined ? template[0] : (glob.segments[0]?.codes ?? glob.segments[0]?.text)
  if (typeof first === 'string') return first
  let head = ''
  if (first === undefined || 'key' in first) return head
  for (const code of first) {
    if (code < 0) break
    head += String.fromCharCode(code)
  }
  return head
}

/** Parts at the first five colons that stand outside `${…}`. */
function splitArn(text: string, variables: boolean): string[] {
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length && parts.length < 5; at++) {
    if (variables && text.startsWith('${', at)) {
      const close = text.indexOf('}', at)
      if (close < 0) break
      at = close
    } else if (text.charCodeAt(at) === 0x3a) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

/** `matched`, `not`, or `unresolved`: a variable in the pattern has no value. */
export type Match = 'matched' | 'not' | 'unresolved'

/** Where the first five colons of `divided` are: a decision asks many patterns about one ARN. */
const colons = new Int32Array(5)
let divided = ''
let found = 0

/** Finds the colons of a text; true when it has the six parts of an ARN. */
function divide(arn: string): boolean {
  if (arn === divided) return found === 5
  divided = arn
  found = 0
  for (let at = arn.indexOf(':'); at >= 0 && found < 5; at = arn.indexOf(':', at + 1)) colons[found++] = at
  return found === 5
}

/** Where the last part of the ARN begins; 0: the text has no six parts. */
export function lastPartOf(arn: string): number {
  return divide(arn) ? (colons[4] as number) + 1 : 0
}

/** Whether the pattern covers the ARN. `pads`: parts that were not written count as `*`, else a short pattern covers nothing. */
export function matchArn(pattern: ArnPattern, arn: string, context: Context, pads: boolean): Match {
  if (pattern.exact || !divide(arn)) return covers(pattern.whole.glob as Glob, arn) ? 'matched' : 'not'
  if (pattern.short && !pads) return 'not'
  const from = (colons[4] as number) + 1
  const ending = pattern.parts[5] as Pattern
  // ARNs differ most in their last part.
  if (ending.glob !== undefined && !covers(ending.glob, arn, from)) return 'not'
  if (pattern.lead !== undefined) {
    if (from !== pattern.lead.length || !arn.startsWith(pattern.lead)) return 'not'
    return ending.glob === undefined ? matchLast(ending, arn, from, context) : 'matched'
  }
  for (let i = 0; i < 5; i++) {
    const glob = pattern.parts[i]?.glob
    if (glob === undefined) return matchResolved(pattern, arn, context)
    if (!covers(glob, arn, i === 0 ? 0 : (colons[i - 1] as number) + 1, colons[i] as number)) return 'not'
  }
  return ending.glob === undefined ? matchLast(ending, arn, from, context) : 'matched'
}

function matchLast(ending: Pattern, arn: string, from: number, context: Context): Match {
  if (ending.simple !== undefined) return matchSimple(ending.simple, arn, from, context)
  const glob = resolve(ending, context)
  if (glob === undefined) return 'unresolved'
  return covers(glob, arn, from) ? 'matched' : 'not'
}

/** The same without making a text of it; all variables are looked up in any case. */
function matchSimple({ parts, open }: Simple, arn: string, from: number, context: Context): Match {
  let at = from
  let same = true
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string | Variable
    const value = textFor(part, context)
    if (value === undefined) return 'unresolved'
    same &&= arn.startsWith(value, at)
    at += value.length
  }
  return same && (open || at === arn.length) ? 'matched' : 'not'
}

/** The same with variables in the first parts (conditions only); rare, so it may allocate. */
function matchResolved(pattern: ArnPattern, arn: string, context: Context): Match {
  const parts = splitArn(arn, false)
  for (let i = 0; i < 6; i++) {
    const glob = resolve(pattern.parts[i] as Pattern, context)
    if (glob === undefined) return 'unresolved'
    if (!covers(glob, parts[i] as string)) return 'not'
  }
  return 'matched'
}
