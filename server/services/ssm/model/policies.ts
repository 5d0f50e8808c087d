import { type Json, JsonFault, readJson } from '#kernel/authorization/json'
import { ApiError } from '#kernel/error'

/**
 * Parameter policies: what PutParameter is given as JSON text, and what the jobs do by it. Rules and codes: parameterstore.md 9. The
 * texts are those that a live-tested checker reports; where it knows only their beginning, the rest is Assumed.
 */

/** One policy, understood. `text` is it as compact JSON, in the order and spelling given: PolicyText. */
export type Policy =
  | { readonly type: 'Expiration'; readonly text: string /** Milliseconds. */; readonly at: number }
  | { readonly type: 'ExpirationNotification'; readonly text: string; readonly beforeMs: number }
  | { readonly type: 'NoChangeNotification'; readonly text: string; readonly afterMs: number }

export type PolicyType = Policy['type']

/** What the `Policies` of a request say. Both lists are empty when they take all policies away. */
export interface Parsed {
  /** What a version keeps: each policy as compact JSON, in the order given. */
  readonly texts: readonly string[]
  readonly policies: readonly Policy[]
}

/** Source: parameterstore.md 3.4. */
const MOST = 10
/** Characters that PutParameter takes. Source: API_PutParameter. */
const LONGEST = 4096
/** The largest number of days or hours. Source: parameterstore.md 9, "about". */
const LARGEST = 8_760_000
const UNITS: ReadonlyMap<string, number> = new Map([
  ['days', 86_400_000],
  ['hours', 3_600_000],
])

/**
 * Reads `Policies`: the text of a JSON array. `[]` and `[{}]` mean none; undefined, when the request has none, stays undefined: what
 * there is is kept. Throws ValidationException, PoliciesLimitExceededException, InvalidPolicyTypeException,
 * InvalidPolicyAttributeException, IncompatiblePolicyException.
 */
export function parsePolicies(text: string): Parsed
export function parsePolicies(text: string | undefined): Parsed | undefined
export function parsePolicies(text: string | undefined): Parsed | undefined {
  if (text === undefined) return undefined
  if (text.length > LONGEST) throw notAList()
  return read(text)
}

function read(text: string): Parsed {
  const items = listOf(text)
  if (items.length > MOST) {
    throw new ApiError(
      'PoliciesLimitExceededException',
      `Number of policies attached to a parameter cannot exceed ${MOST}`,
    )
  }
  if (items.length === 1 && items[0] instanceof Map && items[0].size === 0) return { texts: [], policies: [] }
  const policies = items.map(policyOf)
  refuseIncompatible(policies)
  return { texts: policies.map((policy) => policy.text), policies }
}

/** The policies of a version, from what it keeps. */
export function keptPolicies(texts: readonly string[]): readonly Policy[] {
  return texts.length === 0 ? [] : read(`[${texts.join(',')}]`).policies
}

function listOf(text: string): readonly Json[] {
  const list = jsonOf(text)
  if (!Array.isArray(list)) throw notAList()
  return list
}

function jsonOf(text: string): Json | undefined {
  try {
    return readJson(text)
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

function policyOf(item: Json): Policy {
  if (!isMap(item)) throw notAList()
  const type = item.get('Type')
  if (type !== 'Expiration' && type !== 'ExpirationNotification' && type !== 'NoChangeNotification') {
    throw new ApiError('InvalidPolicyTypeException', `Policy type ${shown(type)} is not supported.`)
  }
  if (item.get('Version') !== '1.0') throw badAttribute('Unsupported policy version.')
  const attributes = item.get('Attributes')
  if (!isMap(attributes)) throw missing('Attributes')
  const text = compact(item)
  if (type === 'Expiration') return { type, text, at: timestampOf(attributes) }
  if (type === 'ExpirationNotification') return { type, text, beforeMs: spanOf(attributes, 'Before') }
  return { type, text, afterMs: spanOf(attributes, 'After') }
}

function timestampOf(attributes: ReadonlyMap<string, Json>): number {
  const given = attributes.get('Timestamp')
  if (given === undefined || given === null || given === '') {
    throw badAttribute('A valid Expiration policy must have an attribute of Timestamp.')
  }
  const at = typeof given === 'string' ? instantOf(given) : undefined
  if (at === undefined) {
    throw badAttribute('Invalid timestamp format. Timestamps are ISO-8601 instants: 2030-01-01T00:00:00.000Z')
  }
  return at
}

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d)(?::(\d\d))?)$/

/**
 * An ISO instant in milliseconds: `2030-01-01T00:00:00.000Z`, or with an offset, `+10:30` or `+10:30:00`. Undefined for anything else,
 * days that no calendar has included.
 */
export function instantOf(text: string): number | undefined {
  const found = INSTANT.exec(text)
  if (found === null) return undefined
  const part = (at: number) => Number(found[at] ?? 0)
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)]
  const offset = part(9) * 3600 + part(10) * 60 + part(11)
  if (hour > 23 || minute > 59 || second > 59 || part(10) > 59 || part(11) > 59 || offset > 18 * 3600) return undefined
  const date = new Date(0)
  // Date.UTC takes the years 0 to 99 for those of the 20th century
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  date.setUTCHours(hour, minute, second, Number((found[7] ?? '').padEnd(3, '0').slice(0, 3)))
  return date.getTime() - (found[8] === '-' ? -1 : 1) * offset * 1000
}

/** How long `Before` or `After` is, in milliseconds. */
function spanOf(attributes: ReadonlyMap<string, Json>, name: 'Before' | 'After'): number {
  const given = attributes.get(name)
  if (given === undefined || given === null || given === '') throw missing(name)
  const unit = attributes.get('Unit')
  if (unit === undefined || unit === null || unit === '') throw missing('Unit')
  const count = wholeOf(given)
  if (count === undefined) throw badAttribute(`Attribute ${name} must be a positive integer.`)
  const size = typeof unit === 'string' ? UNITS.get(unit.toLowerCase()) : undefined
  if (size === undefined) throw badAttribute('Supported time units: DAYS HOURS')
  return count * size
}

/** AWS's examples have strings; numbers are taken as well. */
function wholeOf(given: Json): number | undefined {
  const text = typeof given === 'number' ? String(given) : given
  if (typeof text !== 'string' || !/^[0-9]{1,10}$/.test(text)) return undefined
  const count = Number(text)
  return count > 0 && count <= LARGEST ? count : undefined
}

function refuseIncompatible(policies: readonly Policy[]): void {
  const expirations = policies.filter(({ type }) => type === 'Expiration').length
  if (expirations > 1) {
    throw new ApiError(
      'IncompatiblePolicyException',
      'There can be only one expiration policy attached to a parameter.',
    )
  }
  if (expirations === 0 && policies.some(({ type }) => type === 'ExpirationNotification')) {
    throw new ApiError('IncompatiblePolicyException', 'Expiration notification policies are missing expiration policy.')
  }
}

/** Compact JSON of what was read: one spelling of white space, keys and order as they were given. */
function compact(value: Json): string {
  if (isMap(value)) return `{${[...value].map(([key, of]) => `${JSON.stringify(key)}:${compact(of)}`).join(',')}}`
  if (Array.isArray(value)) return `[${value.map(compact).join(',')}]`
  return JSON.stringify(value)
}

const isMap = (value: Json | undefined): value is ReadonlyMap<string, Json> => value instanceof Map
const shown = (type: Json | undefined): string => (typeof type === 'string' ? type : compact(type ?? null))

const notAList = () =>
  new ApiError(
    'ValidationException',
    `Invalid policies input: Policies must be a JSON array of at most ${MOST} policies.`,
  )
const badAttribute = (text: string) => new ApiError('InvalidPolicyAttributeException', text)
const missing = (name: string) => badAttribute(`Mandatory policy attribute ${name} is missing.`)
