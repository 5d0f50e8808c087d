import { shownMoment } from '#kernel/audit/moment'
import type { Shape, Text } from '#kernel/shape'

/** A broken constraint, in the order in which the members are declared. Source: secretsmanager.md 1.6, kms.md 1.1. */
export interface Violation {
  /** `filters.1.member.key` */
  readonly path: string
  /** The offending value as text; undefined when it must not be shown; null when it is missing. */
  readonly value: string | null | undefined
  /** `Member must not be null` */
  readonly constraint: string
  /** The broken constraint is the enumeration (IAM hides the value there). */
  readonly enumeration?: true
}

/** Lower-cases the first letter: `SecretId` is called `secretId` in error texts and audit records. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/**
 * Most broken constraints that are told. Assumed: nobody reads more, and a list of a hundred thousand wrong items must not
 * become an answer of many times its size.
 */
const MOST_VIOLATIONS = 100

/** One member of an input, prepared once. */
interface Member {
  readonly name: string
  readonly path: string
  readonly shape: Shape
}

/** The input of an operation, prepared once: what it declares, checked against values on each call. */
export class Input {
  readonly #members: readonly Member[]

  constructor(members: Readonly<Record<string, Shape>>) {
    this.#members = Object.entries(members).map(([name, shape]) => ({ name, path: lowerFirst(name), shape }))
  }

  get members(): readonly Member[] {
    return this.#members
  }

  /** The broken constraints of a decoded input, up to MOST_VIOLATIONS; undefined when there are none. */
  violations(value: Readonly<Record<string, unknown>>): Violation[] | undefined {
    let found: Violation[] | undefined
    for (const { name, path, shape } of this.#members) {
      const member = value[name]
      if (member === undefined) {
        if (shape.required) {
          found ??= []
          found.push({ path, value: null, constraint: 'Member must not be null' })
        }
        continue
      }
      for (const violation of violationsOf(shape, member, path, shape.sensitive === true)) {
        found ??= []
        found.push(violation)
        if (found.length >= MOST_VIOLATIONS) return found
      }
    }
    return found
  }
}

/** Number of code points, counted only when the UTF-16 length leaves it open. */
function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

const patterns = new Map<string, RegExp>()
function matches(pattern: string, value: string): boolean {
  let expression = patterns.get(pattern)
  if (expression === undefined) {
    // AWS's classes of characters (`\p{L}`) are Unicode's.
    expression = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '')
    patterns.set(pattern, expression)
  }
  return expression.test(value)
}

/** The constraints that a text breaks, as AWS words them. */
function brokenText(shape: Text, value: string): { constraint: string; enumeration?: true }[] {
  const broken: { constraint: string; enumeration?: true }[] = []
  if (shape.length !== undefined) {
    const [least, most] = shape.length
    if (value.length < least || (value.length < 2 * least && codePoints(value) < least))
      broken.push({ constraint: `Member must have length greater than or equal to ${least}` })
    if (value.length > most && codePoints(value) > most)
      broken.push({ constraint: `Member must have length less than or equal to ${most}` })
    else if (
      shape.sizeBytes !== undefined &&
      value.length * 3 > shape.sizeBytes &&
      Buffer.byteLength(value) > shape.sizeBytes
    )
      broken.push({ constraint: `Member must have length less than or equal to ${shape.sizeBytes}` })
  }
  if (shape.pattern !== undefined && !matches(shape.pattern, value))
    broken.push({ constraint: `Member must satisfy regular expression pattern: ${shape.pattern}` })
  if (shape.oneOf !== undefined && !shape.oneOf.includes(value))
    broken.push({ constraint: `Member must satisfy enum value set: [${shape.oneOf.join(', ')}]`, enumeration: true })
  return broken
}

/** All that is asked of a text, in the order in which AWS says it of the items of a list. */
function constraintsOf({ length, sizeBytes, pattern, oneOf }: Text): string[] {
  const said: string[] = []
  const most = length?.[1] ?? sizeBytes
  if (most !== undefined) said.push(`Member must have length less than or equal to ${most}`)
  if (length !== undefined) said.push(`Member must have length greater than or equal to ${length[0]}`)
  if (pattern !== undefined) said.push(`Member must satisfy regular expression pattern: ${pattern}`)
  if (oneOf !== undefined) said.push(`Member must satisfy enum value set: [${oneOf.join(', ')}]`)
  return said
}

function* bounds(size: number, limits: readonly [number, number], what: 'length' | 'value'): Generator<string> {
  if (size < limits[0]) yield `Member must have ${what} greater than or equal to ${limits[0]}`
  if (size > limits[1]) yield `Member must have ${what} less than or equal to ${limits[1]}`
}

/** Broken constraints of one value and of what is in it. */
function* violationsOf(shape: Shape, value: unknown, path: string, hidden: boolean): Generator<Violation> {
  switch (shape.kind) {
    case 'string': {
      const broken = brokenText(shape, value as string)
      for (const each of broken) yield { path, value: hidden ? undefined : (value as string), ...each }
      return
    }
    case 'integer':
      if (shape.range)
        for (const constraint of bounds(value as number, shape.range, 'value'))
          yield { path, value: hidden ? undefined : String(value), constraint }
      return
    case 'blob':
      // The bytes of a blob are never shown. Source: kms.md 1.1.
      if (shape.length)
        for (const constraint of bounds((value as Uint8Array).length, shape.length, 'length'))
          yield { path, value: undefined, constraint }
      return
    case 'list': {
      const items = value as readonly unknown[]
      if (shape.length)
        for (const constraint of bounds(items.length, shape.length, 'length'))
          yield { path, value: hidden || shape.of.sensitive ? undefined : printed(items), constraint }
      const of = shape.of
      if (of.kind === 'string') {
        // Recorded, parameterstore.md 1.2: a bad text in a list is reported once, with the whole list as the value and all
        // constraints of its items, broken or not.
        for (const item of items) {
          if (brokenText(of, item as string).length === 0) continue
          yield {
            path,
            value: hidden || of.sensitive ? undefined : printed(items),
            constraint: `Member must satisfy constraint: [${constraintsOf(of).join(', ')}]`,
          }
          return
        }
        return
      }
      for (const [index, item] of items.entries())
        yield* violationsOf(of, item, `${path}.${index + 1}.member`, hidden || of.sensitive === true)
      return
    }
    case 'map': {
      const entries = Object.entries(value as Record<string, unknown>)
      if (shape.length)
        for (const constraint of bounds(entries.length, shape.length, 'length'))
          yield { path, value: undefined, constraint }
      for (const [key, item] of entries) {
        for (const each of brokenText(shape.key, key))
          yield { path: `${path}.key`, value: hidden ? undefined : key, ...each }
        yield* violationsOf(shape.value, item, `${path}.${key}.member`, hidden || shape.value.sensitive === true)
      }
      return
    }
    case 'structure':
      for (const [name, member] of Object.entries(shape.members)) {
        const inner = (value as Record<string, unknown>)[name]
        const at = `${path}.${lowerFirst(name)}`
        if (inner === undefined) {
          if (member.required) yield { path: at, value: null, constraint: 'Member must not be null' }
        } else yield* violationsOf(member, inner, at, hidden || member.sensitive === true)
      }
      return
    default:
      return
  }
}

/** A list as Java prints it: `[a, b]`. */
function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`
  return typeof value === 'object' ? '{}' : String(value)
}

/** The one sentence for all violations. Source: secretsmanager.md 1.6 (recorded). */
export function sentence(violations: readonly Violation[], enumHidesValue = false): string {
  const parts = violations.map(({ path, value, constraint, enumeration }) => {
    const hidden = value === undefined || (enumHidesValue && enumeration === true)
    const shown = value === null ? 'Value null' : hidden ? 'Value' : `Value '${value}'`
    return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`
  })
  return `${parts.length} validation error${parts.length === 1 ? '' : 's'} detected: ${parts.join('; ')}`
}

/** How much of a hostile input goes into an audit record's requestParameters. */
const NOTHING = undefined

/**
 * The members of an input as the trail shows them: first letters lower-cased, at every level; sensitive members and
 * blobs left out. Source: surroundings.md 1.1, 1.3.
 */
export function audited(input: Input, value: Readonly<Record<string, unknown>>): Record<string, unknown> | null {
  let shown: Record<string, unknown> | null = null
  for (const { name, path, shape } of input.members) {
    const member = value[name]
    if (member === undefined || shape.sensitive) continue
    const each = auditedValue(shape, member)
    if (each === NOTHING) continue
    shown ??= {}
    shown[path] = each
  }
  return shown
}

function auditedValue(shape: Shape, value: unknown): unknown {
  if (shape.sensitive) return NOTHING
  switch (shape.kind) {
    case 'blob':
      return NOTHING
    case 'timestamp':
      return shownMoment(value as Date)
    case 'list':
      return (value as readonly unknown[]).map((item) => auditedValue(shape.of, item))
    case 'structure': {
      const shown: Record<string, unknown> = {}
      for (const [name, member] of Object.entries(shape.members)) {
        const inner = (value as Record<string, unknown>)[name]
        if (inner !== undefined) {
          const each = auditedValue(member, inner)
          if (each !== NOTHING) shown[lowerFirst(name)] = each
        }
      }
      return shown
    }
    default:
      return value
  }
}
