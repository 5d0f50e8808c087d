import { isUtf8 } from 'node:buffer'
import { ApiError } from '#kernel/error'
import type { Input } from '#kernel/input'
import type { Shape } from '#kernel/shape'

/** AWS JSON 1.0 and 1.1: bytes ↔ values. Source: secretsmanager.md 1, kms.md 1. */

function refuse(message: string): never {
  throw new ApiError('SerializationException', message)
}

/** What a JSON value is called in AWS's texts. Source: secretsmanager.md 1.5 (assumed form). */
function tokenOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'STRING_VALUE'
    case 'number':
      return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE'
    case 'boolean':
      return value ? 'TRUE_VALUE' : 'FALSE_VALUE'
    default:
      return Array.isArray(value) ? 'Start of list' : 'Start of structure or map'
  }
}

function mismatch(value: unknown, wanted: string): never {
  const token = tokenOf(value)
  if (token.startsWith('Start')) refuse(`${token} found where not expected.`)
  refuse(`${token} can not be converted to ${/^[AEIOU]/.test(wanted) ? 'an' : 'a'} ${wanted}`)
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
/** How JSON says what it has no number for. Source: Smithy, AWS JSON. */
const SPECIAL: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity'])
const INTEGER_MAX = 2_147_483_647

/** The input of an operation from a request body; unknown members are ignored, `null` members count as absent. */
export function decodeJson(input: Input, body: Buffer): Record<string, unknown> {
  const decoded: Record<string, unknown> = {}
  return body.length === 0 ? decoded : decodeMembers(input, bodyMembers(body), decoded)
}

/**
 * The members of a JSON object in a body. `unreadable`: the refusal of what is no JSON, where a service has one of its own;
 * it never repeats the body, which may hold a secret.
 */
export function bodyMembers(body: Buffer, unreadable?: (why: string) => ApiError): Record<string, unknown> {
  const fail = (why: string): never => {
    throw unreadable?.(why) ?? new ApiError('SerializationException', why)
  }
  if (!isUtf8(body)) fail('Invalid UTF-8 in the request body')
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    // The parser's own message quotes the body.
    fail('Unexpected token received from parser')
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) mismatch(parsed ?? 'null', 'Structure')
  return parsed as Record<string, unknown>
}

/** Adds the members that an input declares to `decoded`, and answers it. */
export function decodeMembers(
  input: Input,
  members: Readonly<Record<string, unknown>>,
  decoded: Record<string, unknown>,
): Record<string, unknown> {
  for (const { name, shape } of input.members) {
    if (!Object.hasOwn(members, name)) continue
    const value = members[name]
    if (value !== null && value !== undefined) decoded[name] = decodeValue(shape, value)
  }
  return decoded
}

function decodeValue(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'string':
      if (typeof value !== 'string') mismatch(value, 'String')
      // A lone surrogate or a NUL cannot be kept byte for byte in every store: refused, never changed silently.
      if (!value.isWellFormed()) refuse('Invalid surrogate pair in a String')
      if (!shape.sensitive && value.includes('\0')) refuse('Invalid character in a String')
      return value
    case 'integer':
      if (shape.fraction === true && typeof value === 'number' && Number.isFinite(value)) return value
      if (shape.special === true && SPECIAL.has(value)) return Number(value)
      if (typeof value !== 'number' || !Number.isInteger(value)) mismatch(value, shape.long ? 'Long' : 'Integer')
      if (Math.abs(value) > (shape.long ? Number.MAX_SAFE_INTEGER : INTEGER_MAX))
        mismatch(value, shape.long ? 'Long' : 'Integer')
      return value
    case 'boolean':
      if (typeof value !== 'boolean') mismatch(value, 'Boolean')
      return value
    case 'timestamp':
      if (typeof value !== 'number' || Math.abs(value) > 8.64e12) mismatch(value, 'Timestamp')
      return new Date(value * 1000)
    case 'blob':
      if (typeof value !== 'string') mismatch(value, 'ByteBuffer')
      if (value.length % 4 !== 0 || !BASE64.test(value)) refuse('Invalid base64 in a ByteBuffer')
      return Buffer.from(value, 'base64')
    case 'list':
      if (!Array.isArray(value)) mismatch(value, 'List')
      return value.filter((item) => item !== null).map((item) => decodeValue(shape.of, item))
    case 'map': {
      if (typeof value !== 'object' || Array.isArray(value)) mismatch(value, 'Map')
      const entries: Record<string, unknown> = Object.create(null)
      for (const [key, item] of Object.entries(value as object)) {
        if (!key.isWellFormed()) refuse('Invalid surrogate pair in a String')
        if (item !== null) entries[key] = decodeValue(shape.value, item)
      }
      return entries
    }
    case 'structure': {
      if (typeof value !== 'object' || Array.isArray(value)) mismatch(value, 'Structure')
      const members: Record<string, unknown> = {}
      for (const [name, member] of Object.entries(shape.members)) {
        if (!Object.hasOwn(value as object, name)) continue
        const inner = (value as Record<string, unknown>)[name]
        if (inner !== null && inner !== undefined) members[name] = decodeValue(member, inner)
      }
      return members
    }
  }
}

/** An answer as JSON text: dates as epoch seconds with up to three decimals, bytes as base64, absent members left out. */
export function encodeJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
    case 'boolean':
      return String(value)
    case 'object': {
      if (value === null) return 'null'
      if (value instanceof Date) return String(value.getTime() / 1000)
      if (value instanceof Uint8Array)
        return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`
      if (Array.isArray(value)) {
        let list = '['
        for (let i = 0; i < value.length; i++) list += (i > 0 ? ',' : '') + encodeJson(value[i])
        return `${list}]`
      }
      let members = ''
      if (value instanceof Map) {
        for (const [name, member] of value) if (member !== undefined) members += memberOf(members, name, member)
      } else {
        for (const name of Object.keys(value)) {
          const member = (value as Record<string, unknown>)[name]
          if (member !== undefined) members += memberOf(members, name, member)
        }
      }
      return `{${members}}`
    }
    default:
      throw new TypeError(`an answer holds a ${typeof value}`)
  }
}

const TEXT = Symbol('JSON text')

/** Says that `text` is the JSON of an answer, so that nobody encodes it again. */
export function encodedAs<T extends object>(out: T, text: string): T {
  return Object.defineProperty(out, TEXT, { value: text })
}

/** A whole answer as JSON text: see `encodeJson`. */
export function encodeAnswer(out: unknown): string {
  const text = typeof out === 'object' && out !== null ? (out as { [TEXT]?: string })[TEXT] : undefined
  return text ?? encodeJson(out)
}

/** One member of an object; names may be a caller's own text (version ids), so they are escaped like values. */
function memberOf(before: string, name: string, value: unknown): string {
  return `${before === '' ? '' : ','}${JSON.stringify(name)}:${encodeJson(value)}`
}
