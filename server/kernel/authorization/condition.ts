import { spend } from '#kernel/authorization/budget'
import type { Json } from '#kernel/authorization/json'
import { OPERATORS, type Test } from '#kernel/authorization/operators'
import type { Context, ContextValue } from '#kernel/authorization/policy'
import { flagOf, momentOf } from '#kernel/authorization/scalars'

/**
 * What a context answers for a key that the request carries twice (keys differ in case only: `Team` and `team`). Known by
 * identity. An Allow that asks for the key does not hold, a Deny does.
 */
export const AMBIGUOUS: ContextValue = Object.freeze(['', ''])

/** One operator on one key. A statement's conditions must all hold. */
export interface Condition {
  readonly key: string
  readonly quantifier: 'one' | 'all' | 'any'
  readonly ifExists: boolean
  readonly negated: boolean
  readonly test: Test
  /** How many values the policy lists: what a test of one value takes, in steps. */
  readonly weight: number
  /** `Null` only: holds when the key is absent, when it is present. */
  readonly whenAbsent?: boolean
  readonly whenPresent?: boolean
}

/** Thrown when a condition block is not written as the language demands; the text is IAM's. */
export class ConditionFault extends Error {}

const SYNTAX = 'Syntax errors in policy.'
const never: Test = () => false

/** Compiles a `Condition` element. Throws `ConditionFault`. */
export function conditionsOf(block: Json, variables: boolean): Condition[] {
  if (!(block instanceof Map)) throw new ConditionFault(SYNTAX)
  const conditions: Condition[] = []
  for (const [written, keys] of block as ReadonlyMap<string, Json>) {
    if (!(keys instanceof Map)) throw new ConditionFault(SYNTAX)
    for (const [key, values] of keys as ReadonlyMap<string, Json>) {
      conditions.push(conditionOf(written, key, valuesOf(values), variables))
    }
    if (keys.size === 0) operatorOf(written)
  }
  return conditions
}

interface Parsed {
  readonly name: string
  readonly quantifier: Condition['quantifier']
  readonly ifExists: boolean
}

function operatorOf(written: string): Parsed {
  const all = written.startsWith('ForAllValues:')
  const any = written.startsWith('ForAnyValue:')
  const bare = all ? written.slice(13) : any ? written.slice(12) : written
  const ifExists = bare.endsWith('IfExists')
  const name = ifExists ? bare.slice(0, -8) : bare
  const isNull = name === 'Null' && !ifExists && !all && !any
  if (!isNull && !OPERATORS.has(name)) throw new ConditionFault(SYNTAX)
  return { name, quantifier: all ? 'all' : any ? 'any' : 'one', ifExists }
}

function conditionOf(written: string, key: string, values: readonly string[], variables: boolean): Condition {
  const { name, quantifier, ifExists } = operatorOf(written)
  const head = { key: key.toLowerCase(), quantifier, ifExists, weight: values.length }
  const known = OPERATORS.get(name)
  if (known === undefined) {
    const flags = values.map(flagOf)
    return {
      ...head,
      negated: false,
      test: never,
      whenAbsent: flags.includes(true),
      whenPresent: flags.includes(false),
    }
  }
  if (known.dates && values.some((value) => Number.isNaN(momentOf(value)))) {
    throw new ConditionFault('The policy failed legacy parsing')
  }
  return { ...head, negated: known.negated, test: known.operator(values, variables) }
}

/** Strings, numbers and booleans; the latter two are compared as their text. */
function valuesOf(values: Json): string[] {
  const list = Array.isArray(values) ? (values as readonly Json[]) : [values]
  return list.map((value) => {
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw new ConditionFault(SYNTAX)
  })
}

/** Whether the condition holds for the request. `allows`: the effect of its statement. */
export function holds(condition: Condition, context: Context, allows: boolean): boolean {
  const value = context(condition.key)
  // Two values where one is meant: neither may open a door, and neither may keep one from being shut.
  if (value === AMBIGUOUS) return !allows
  const absent = value === undefined || (typeof value !== 'string' && value.length === 0)
  if (condition.whenAbsent !== undefined) return absent ? condition.whenAbsent : condition.whenPresent === true
  const { quantifier, negated } = condition
  if (absent) return condition.ifExists || quantifier === 'all' || (quantifier === 'one' && negated)
  if (quantifier === 'one') return typeof value === 'string' && agrees(condition, value, context)
  if (typeof value === 'string') return agrees(condition, value, context)
  return quantifier === 'all'
    ? value.every((one) => agrees(condition, one, context))
    : value.some((one) => agrees(condition, one, context))
}

/** Without steps for it there is no answer; the statement then looks at `ranShort`. */
function agrees({ test, negated, weight }: Condition, value: string, context: Context): boolean {
  return spend(weight + (value.length >> 3)) && test(value, context) !== negated
}
