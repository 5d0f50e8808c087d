import { AMBIGUOUS } from '#kernel/authorization/condition'
import { fits, fitsArn, isAbsent, type Keys, type Sign, signs, substituted, textOf } from './plain-text.ts'

/** How conditions are read, slowly and plainly, from access.md 5.4 alone. */

/** `{ StringEquals: { 'aws:username': ['alice'] } }`, as it stands in a document. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** One value or a list of them means a list. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

interface Reading {
  /** Whether the document's version has variables. */
  readonly variables: boolean
  /** Of the statement. */
  readonly effect: 'Allow' | 'Deny'
}

/** Whether all conditions of a statement hold. */
export function hold(conditions: Conditions, keys: Keys, reading: Reading): boolean {
  return Object.entries(conditions).every(([operator, tests]) =>
    Object.entries(tests).every(([key, values]) => holds(operator, key, listOf(values).map(String), keys, reading)),
  )
}

function holds(operator: string, key: string, values: readonly string[], keys: Keys, reading: Reading): boolean {
  const { variables, effect } = reading
  const given = keys.get(key.toLowerCase())
  // Ours, not AWS's: of a tag that is there twice, in other case, nobody can say what it is.
  if (given === AMBIGUOUS) return effect === 'Deny'
  if (operator === 'Null') return values.some((value) => value.toLowerCase() === String(isAbsent(given)))

  const [, set, name, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator) ?? []
  const negated = name?.includes('Not') === true
  const positive = name?.replace('Not', '') ?? ''
  const one = (text: string): boolean => {
    const matches = values.some((value) => matchesOne(positive, value, text, keys, variables))
    return negated ? !matches : matches
  }

  if (given === undefined || isAbsent(given)) {
    if (ifExists !== undefined) return true
    if (set !== undefined) return set === 'ForAllValues'
    return negated
  }
  const texts = typeof given === 'string' ? [given] : given
  if (set === 'ForAllValues') return texts.every(one)
  if (set === 'ForAnyValue') return texts.some(one)
  return typeof given === 'string' && one(given)
}

/** Whether one value of the policy matches one value of the request, by the positive form of an operator. */
function matchesOne(operator: string, value: string, text: string, keys: Keys, variables: boolean): boolean {
  if (operator.startsWith('Arn')) return fitsArn(value, text, variables, keys)
  if (operator.startsWith('String') || operator === 'Bool') {
    const pattern = variables ? substituted(value, keys) : signs(value)
    return pattern !== undefined && textMatches(operator, pattern, text)
  }
  if (operator === 'BinaryEquals') return isBase64(value) && isBase64(text) && bytesOf(value).equals(bytesOf(text))
  if (operator === 'IpAddress') return inNetwork(value, text)
  const [, kind, relation] = /^(Numeric|Date)(.*)$/.exec(operator) ?? []
  const order = kind === 'Numeric' ? orderOf(numberOf(text), numberOf(value)) : orderOf(dateOf(text), dateOf(value))
  if (order === undefined) return false
  if (relation === 'Equals') return order === 0
  if (relation === 'LessThan') return order < 0
  if (relation === 'LessThanEquals') return order <= 0
  if (relation === 'GreaterThan') return order > 0
  if (relation === 'GreaterThanEquals') return order >= 0
  throw new Error(`no operator ${operator}`)
}

function textMatches(operator: string, pattern: readonly Sign[], text: string): boolean {
  if (operator === 'StringEquals') return textOf(pattern) === text
  if (operator === 'StringEqualsIgnoreCase') return textOf(pattern).toLowerCase() === text.toLowerCase()
  if (operator === 'StringLike') return fits(pattern, text)
  if (operator === 'Bool') return isBool(text) && textOf(pattern).toLowerCase() === text.toLowerCase()
  throw new Error(`no operator ${operator}`)
}

function isBool(text: string): boolean {
  return text.toLowerCase() === 'true' || text.toLowerCase() === 'false'
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
}

function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}

/** Whole number of the 400th places after the point, so that decimals compare exactly. */
function numberOf(text: string): bigint | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  if (sign === undefined) return undefined
  const places = 400 + Number(exponent) - fraction.length
  if (places < 0 || places > 800) throw new Error(`${text} is no number that these tests use`)
  const size = BigInt(whole + fraction) * 10n ** BigInt(places)
  return sign === '-' ? -size : size
}

/** In the places of `numberOf`: milliseconds, from one of the W3C profiles of ISO 8601 or from seconds since the epoch. */
function dateOf(text: string): bigint | undefined {
  const found =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:\d\d))?)?)?$/.exec(text)
  if (found === null) return thousandfold(numberOf(text))
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = found
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const milliseconds = Date.parse(`${local}.${fraction.padEnd(3, '0')}Z`)
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(local)) return undefined
  if (zone === 'Z') return numberOf(String(milliseconds))
  const away = 60_000 * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)))
  return numberOf(String(milliseconds - (zone.startsWith('-') ? -away : away)))
}

function thousandfold(number: bigint | undefined): bigint | undefined {
  return number === undefined ? undefined : 1000n * number
}

/** Below 0: the request's value is smaller. Undefined: one of them is none at all. */
function orderOf(request: bigint | undefined, policy: bigint | undefined): number | undefined {
  if (request === undefined || policy === undefined) return undefined
  return request < policy ? -1 : request > policy ? 1 : 0
}

function inNetwork(network: string, text: string): boolean {
  const [base = '', bits] = network.split('/')
  const from = addressOf(base)
  const address = addressOf(text)
  if (from === undefined || address === undefined || from.size !== address.size) return false
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > from.size)) return false
  const ignored = BigInt(from.size - Number(bits ?? from.size))
  return from.number >> ignored === address.number >> ignored
}

/** An address as a number of `size` bits. */
function addressOf(text: string): { size: number; number: bigint } | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const bytes = text.split('.').map(Number)
    if (bytes.some((byte) => byte > 255)) return undefined
    return { size: 32, number: bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) }
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [front = [], back = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - front.length - back.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...front, ...Array<string>(missing).fill('0'), ...back]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return { size: 128, number: groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n) }
}
