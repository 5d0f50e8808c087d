import { ApiError } from '#kernel/error'
import type { Input } from '#kernel/input'
import { type Cbor, Moment, readCbor } from '#kernel/protocol/cbor'
import type { Shape } from '#kernel/shape'

/** Smithy RPC v2 CBOR: `POST /service/<service>/operation/<operation>`. Source: surroundings.md 0. */

const PATH = /^(?:\/[\w.-]{1,64}){0,4}?\/service\/([A-Za-z_]\w{0,127})\/operation\/([A-Za-z_]\w{0,127})$/
const INTEGER_MAX = 2_147_483_647

/** `GraniteServiceVersion20100801.PutMetricData` of a path, as `X-Amz-Target` would name it. */
export function rpcTarget(target: string): string | undefined {
  if (target.length > 600 || !target.includes('/operation/')) return undefined
  const found = PATH.exec(target)
  return found === null ? undefined : `${found[1]}.${found[2]}`
}

function mismatch(wanted: string): never {
  throw new ApiError('SerializationException', `A value of the CBOR body can not be converted to ${wanted}`)
}

/** The input of an operation from a body; unknown members are ignored, `null` members count as absent. */
export function decodeRpc(input: Input, body: Buffer): Record<string, unknown> {
  const decoded: Record<string, unknown> = {}
  if (body.length === 0) return decoded
  const members = mapOf(readCbor(body))
  for (const { name, shape } of input.members) {
    const value = members[name]
    if (value !== null && value !== undefined) decoded[name] = decodeValue(shape, value)
  }
  return decoded
}

function mapOf(value: Cbor): { readonly [key: string]: Cbor } {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) mismatch('a Map')
  if (value instanceof Uint8Array || value instanceof Moment) mismatch('a Map')
  return value as { readonly [key: string]: Cbor }
}

function decodeValue(shape: Shape, value: Cbor): unknown {
  switch (shape.kind) {
    case 'string':
      if (typeof value !== 'string') mismatch('a String')
      // A NUL cannot be kept byte for byte in every store: refused, never changed silently.
      if (!shape.sensitive && value.includes('\0')) mismatch('a String')
      return value
    case 'integer': {
      if (typeof value !== 'number') mismatch('a number')
      if (shape.fraction === true && (shape.special === true || Number.isFinite(value))) return value
      if (!Number.isInteger(value)) mismatch('an Integer')
      if (Math.abs(value) > (shape.long ? Number.MAX_SAFE_INTEGER : INTEGER_MAX)) mismatch('an Integer')
      return value
    }
    case 'boolean':
      if (typeof value !== 'boolean') mismatch('a Boolean')
      return value
    case 'timestamp':
      if (!(value instanceof Moment) || Math.abs(value.seconds) > 8.64e12) mismatch('a Timestamp')
      return new Date(value.seconds * 1000)
    case 'blob':
      if (!(value instanceof Uint8Array)) mismatch('bytes')
      return Buffer.from(value)
    case 'list':
      if (!Array.isArray(value)) mismatch('a List')
      return value.filter((item) => item !== null).map((item: Cbor) => decodeValue(shape.of, item))
    case 'map': {
      const entries: Record<string, unknown> = Object.create(null)
      for (const [key, item] of Object.entries(mapOf(value)))
        if (item !== null) entries[key] = decodeValue(shape.value, item)
      return entries
    }
    case 'structure': {
      const members: Record<string, unknown> = {}
      const map = mapOf(value)
      for (const [name, member] of Object.entries(shape.members)) {
        const inner = map[name]
        if (inner !== null && inner !== undefined) members[name] = decodeValue(member, inner)
      }
      return members
    }
  }
}
