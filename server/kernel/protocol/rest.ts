import { ApiError } from '#kernel/error'
import { Input } from '#kernel/input'
import { bodyMembers, decodeMembers } from '#kernel/protocol/json'
import type { Shape } from '#kernel/shape'
import { parseQuery } from '#kernel/signature/query'
import type { RawRequest } from '#kernel/signature/request'

/** AWS's REST-JSON: members in path, query string, headers and body. Source: surroundings.md 0, rotation.md 14. */

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** How an operation of a REST service is asked for, and where its members stand. All others are in the JSON body. */
export interface Rest {
  readonly method: Method
  /** `/2015-03-31/functions/{FunctionName}/code`: members in braces are one segment each. */
  readonly path: string
  /** Of a good answer. */
  readonly status: number
  /** Members in the query string, by their names there. Lists are repeated. */
  readonly query?: Readonly<Record<string, string>>
  /** Members in headers, by their names there, in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** The member that is the whole body, byte for byte. */
  readonly payload?: string
  /** Members of the answer that do not stand in its body. */
  readonly answer?: {
    /** By their names in the head. */
    readonly headers?: Readonly<Record<string, string>>
    /** The member that is the status; never in the body. */
    readonly status?: string
    /** The member that is the whole body. */
    readonly payload?: string
  }
  /** Bytes of a body, when more than of other operations are taken. */
  readonly bodyBytes?: number
  /** How long the answer may take, in milliseconds, when that is longer than of other operations. */
  readonly longestMs?: number
}

/** Where the members of an operation's input stand, prepared once. */
export class RestInput {
  readonly #labels: readonly (readonly [name: string, at: number, shape: Shape])[]
  readonly #query: readonly (readonly [name: string, wire: string, shape: Shape])[]
  readonly #headers: readonly (readonly [name: string, wire: string, shape: Shape])[]
  readonly #payload: string | undefined
  readonly #body: Input
  /** Names of the headers that are acted on: they must be signed. */
  readonly headers: readonly string[]

  constructor({ path, query = {}, headers = {}, payload }: Rest, members: Readonly<Record<string, Shape>>) {
    const shapeOf = (name: string): Shape => {
      const shape = members[name]
      if (shape === undefined) throw new Error(`${path} binds ${name}, which the operation does not have`)
      return shape
    }
    this.#labels = segmentsOf(path).flatMap((segment, at) => {
      const name = labelIn(segment)
      return name === undefined ? [] : [[name, at, shapeOf(name)] as const]
    })
    this.#query = Object.entries(query).map(([name, wire]) => [name, wire, shapeOf(name)] as const)
    this.#headers = Object.entries(headers).map(([name, wire]) => [name, wire, shapeOf(name)] as const)
    this.headers = Object.values(headers)
    this.#payload = payload
    const elsewhere = new Set([...this.#labels.map(([name]) => name), ...Object.keys(query), ...Object.keys(headers)])
    if (payload !== undefined) elsewhere.add(payload)
    this.#body = new Input(Object.fromEntries(Object.entries(members).filter(([name]) => !elsewhere.has(name))))
  }

  /** The members of a request. Throws SerializationException, and InvalidRequestContentException for a body that is no JSON. */
  decode({ target, header, body }: Pick<RawRequest, 'target' | 'header' | 'body'>): Record<string, unknown> {
    const mark = target.indexOf('?')
    const segments = segmentsOf(mark < 0 ? target : target.slice(0, mark))
    const decoded: Record<string, unknown> = {}
    for (const [name, at, shape] of this.#labels) decoded[name] = textValue(shape, unescaped(segments[at] ?? ''))
    if (this.#query.length > 0 && mark >= 0) this.#decodeQuery(target.slice(mark + 1), decoded)
    for (const [name, wire, shape] of this.#headers) {
      const value = header.first(wire)
      if (value !== undefined) decoded[name] = textValue(shape, value)
    }
    if (this.#payload !== undefined) {
      if (body.length > 0) decoded[this.#payload] = body
    } else if (this.#body.members.length > 0 && body.length > 0) {
      decodeMembers(this.#body, bodyMembers(body, unreadable), decoded)
    }
    return decoded
  }

  #decodeQuery(query: string, decoded: Record<string, unknown>): void {
    const parameters = parseQuery(query)
    for (const [name, wire, shape] of this.#query) {
      const values = parameters.flatMap((each) => (each.name === wire ? [utf8(each.value)] : []))
      if (values.length === 0) continue
      decoded[name] =
        shape.kind === 'list'
          ? values.map((value) => textValue(shape.of, value))
          : textValue(shape, values[0] as string)
    }
  }
}

const unreadable = (why: string): ApiError =>
  new ApiError('InvalidRequestContentException', `Could not parse request body into json: ${why}`)

const refuse = (message: string): never => {
  throw new ApiError('SerializationException', message)
}

/** A member that came as text. Source of the words: secretsmanager.md 1.5. */
function textValue(shape: Shape, text: string): unknown {
  switch (shape.kind) {
    case 'string':
      if (text.includes('\0')) refuse('Invalid character in a String')
      return text
    case 'integer': {
      if (!/^[+-]?\d{1,15}$/.test(text)) refuse('STRING_VALUE can not be converted to an Integer')
      const value = Number(text)
      if (!shape.long && Math.abs(value) > 2_147_483_647) refuse('STRING_VALUE can not be converted to an Integer')
      return value
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false') refuse('STRING_VALUE can not be converted to a Boolean')
      return text === 'true'
    default:
      throw new Error(`a ${shape.kind} does not stand in a path, query string or header`)
  }
}

/** Percent-decodes one segment of a path. `+` stands for itself there. */
function unescaped(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return refuse('Invalid percent-encoding in the path')
  }
}

/** Bytes of the wire, one character for each, as the text that they are. */
function utf8(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  const text = Buffer.from(latin1, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? refuse('Invalid UTF-8 in the query string') : text
}

/** The segments of a path; one slash at its end does not count. */
function segmentsOf(path: string): string[] {
  const segments = path.split('/')
  segments.shift()
  if (segments.length > 1 && segments.at(-1) === '') segments.pop()
  return segments
}

const labelIn = (segment: string): string | undefined =>
  segment.startsWith('{') && segment.endsWith('}') ? segment.slice(1, -1) : undefined

interface Node<Found> {
  readonly literal: Map<string, Node<Found>>
  label: Node<Found> | undefined
  /** By method; those that ask for a parameter in the query string before those that don't. */
  readonly found: Map<string, { readonly parameter: string | undefined; readonly value: Found }[]>
}

const nodeOf = <Found>(): Node<Found> => ({ literal: new Map(), label: undefined, found: new Map() })

/** Most segments of any path that is routed: a longer one names nothing. */
const MOST_SEGMENTS = 8

/** Finds what was put at `METHOD path`: literal segments go before labels. Costs a look-up for each segment. */
export class RestPaths<Found> {
  readonly #root = nodeOf<Found>()

  put(method: string, template: string, value: Found): void {
    const [path = '', parameter] = template.split('?')
    let node = this.#root
    for (const segment of segmentsOf(path)) {
      if (labelIn(segment) !== undefined) {
        node.label ??= nodeOf()
        node = node.label
      } else {
        const next = node.literal.get(segment) ?? nodeOf<Found>()
        node.literal.set(segment, next)
        node = next
      }
    }
    const all = node.found.get(method) ?? []
    if (parameter === undefined) all.push({ parameter, value })
    else all.unshift({ parameter, value })
    node.found.set(method, all)
  }

  /** `target`: as it came, with its query string. A path with an empty segment, `.` or `..` names nothing: signatures normalise them. */
  find(method: string, target: string): Found | undefined {
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    if (path.charCodeAt(0) !== 0x2f) return undefined
    const segments = path.split('/', MOST_SEGMENTS + 3)
    segments.shift()
    if (segments.length > 1 && segments.at(-1) === '') segments.pop()
    if (segments.length > MOST_SEGMENTS) return undefined
    let node: Node<Found> | undefined = this.#root
    for (const segment of segments) {
      if (segment === '' || segment === '.' || segment === '..') return undefined
      node = node.literal.get(segment) ?? node.label
      if (node === undefined) return undefined
    }
    const all = node.found.get(method)
    if (all === undefined) return undefined
    const query = mark < 0 ? '' : target.slice(mark + 1)
    return all.find(({ parameter }) => parameter === undefined || query.split('&').includes(parameter))?.value
  }
}
