import { covers } from '#kernel/authorization/glob'
import { arnPatternOf, matchArn, type Pattern, patternOf, resolve } from '#kernel/authorization/pattern'
import type { Context } from '#kernel/authorization/policy'
import { flagOf, momentOf, networkOf, numberOf, within } from '#kernel/authorization/scalars'

/** Whether a request's value agrees with one of the policy's values. Negated operators ask the same and turn it round. */
export type Test = (value: string, context: Context) => boolean

/** Makes the test for the values that the policy lists. `variables`: the document's version has them. */
type Operator = (values: readonly string[], variables: boolean) => Test

const anyPattern =
  (
    patternFor: (value: string, variables: boolean) => Pattern,
    fold: (value: string) => string = (value) => value,
  ): Operator =>
  (values, variables) => {
    const patterns = values.map((value) => patternFor(value, variables))
    return (value, context) => {
      for (const pattern of patterns) {
        const glob = resolve(pattern, context)
        if (glob !== undefined && covers(glob, fold(value))) return true
      }
      return false
    }
  }

const exact = anyPattern((value, variables) => patternOf(value, variables, false))
const like = anyPattern((value, variables) => patternOf(value, variables, true))

/** Whole strings lower-cased, locale-independent; not case folding. Source: access.md 5.4 (recorded). */
const ignoringCase: Operator = (values, variables) => {
  const plain = new Set(values.map((value) => value.toLowerCase()))
  const templates = variables
    ? values.filter((value) => value.includes('${')).map((value) => patternOf(value, true, false))
    : []
  if (templates.length === 0) return (value) => plain.has(value.toLowerCase())
  for (const value of values) if (value.includes('${')) plain.delete(value.toLowerCase())
  return (value, context) => {
    const lower = value.toLowerCase()
    return plain.has(lower) || templates.some((template) => resolve(template, context)?.text.toLowerCase() === lower)
  }
}

const arnLike: Operator = (values, variables) => {
  const patterns = values.map((value) => arnPatternOf(value, variables, false)).filter((pattern) => !pattern.short)
  return (value, context) => patterns.some((pattern) => matchArn(pattern, value, context, false) === 'matched')
}

const bool: Operator = (values, variables) => {
  const patterns = values.map((value) => patternOf(value, variables, false))
  return (value, context) => {
    const flag = flagOf(value)
    if (flag === undefined) return false
    return patterns.some((pattern) => {
      const glob = resolve(pattern, context)
      return glob !== undefined && flagOf(glob.text) === flag
    })
  }
}

/** Comparison with NaN is false, so a value that is no number (or no date) agrees with nothing. */
const ordered =
  (read: (text: string) => number, holds: (value: number, bound: number) => boolean): Operator =>
  (values) => {
    const bounds = values.map(read)
    return (text) => {
      const value = read(text)
      return bounds.some((bound) => holds(value, bound))
    }
  }

const equal = (value: number, bound: number) => value === bound
const less = (value: number, bound: number) => value < bound
const lessEqual = (value: number, bound: number) => value <= bound
const greater = (value: number, bound: number) => value > bound
const greaterEqual = (value: number, bound: number) => value >= bound

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Text that is no base64 agrees with nothing. */
const binary: Operator = (values) => {
  const bytes = values.filter((value) => BASE64.test(value)).map((value) => Buffer.from(value, 'base64'))
  return (value) => {
    if (!BASE64.test(value)) return false
    const given = Buffer.from(value, 'base64')
    return bytes.some((one) => one.equals(given))
  }
}

const ipAddress: Operator = (values) => {
  const networks = values.map(networkOf)
  return (value) => {
    const address = networkOf(value)
    if (address === undefined) return false
    return networks.some((network) => network !== undefined && within(network, address))
  }
}

interface Named {
  readonly operator: Operator
  readonly negated: boolean
  /** Its values are dates; the document is refused when they are not. */
  readonly dates?: true
}

const positive = (operator: Operator): Named => ({ operator, negated: false })
const negative = (operator: Operator): Named => ({ operator, negated: true })
const date = (holds: (value: number, bound: number) => boolean, negated = false): Named => ({
  operator: ordered(momentOf, holds),
  negated,
  dates: true,
})
const numeric = (holds: (value: number, bound: number) => boolean): Named => positive(ordered(numberOf, holds))

/** The operators of access.md 5.4 but `Null`, by their exact names. */
export const OPERATORS: ReadonlyMap<string, Named> = new Map(
  Object.entries({
    StringEquals: positive(exact),
    StringNotEquals: negative(exact),
    StringEqualsIgnoreCase: positive(ignoringCase),
    StringNotEqualsIgnoreCase: negative(ignoringCase),
    StringLike: positive(like),
    StringNotLike: negative(like),
    NumericEquals: numeric(equal),
    NumericNotEquals: negative(ordered(numberOf, equal)),
    NumericLessThan: numeric(less),
    NumericLessThanEquals: numeric(lessEqual),
    NumericGreaterThan: numeric(greater),
    NumericGreaterThanEquals: numeric(greaterEqual),
    DateEquals: date(equal),
    DateNotEquals: date(equal, true),
    DateLessThan: date(less),
    DateLessThanEquals: date(lessEqual),
    DateGreaterThan: date(greater),
    DateGreaterThanEquals: date(greaterEqual),
    Bool: positive(bool),
    BinaryEquals: positive(binary),
    IpAddress: positive(ipAddress),
    NotIpAddress: negative(ipAddress),
    ArnEquals: positive(arnLike),
    ArnLike: positive(arnLike),
    ArnNotEquals: negative(arnLike),
    ArnNotLike: negative(arnLike),
  }),
)
