import { ApiError } from '#kernel/error'
import { encodeXml } from '#kernel/protocol/query'
import type { Reply } from '#kernel/protocol/reply'
import type { Shape } from '#kernel/shape'
import { parseQuery } from '#kernel/signature/query'
import type { RawRequest } from '#kernel/signature/request'

/**
 * AWS's REST-XML as S3 speaks it: the path is a bucket and a key, the query string says which of its sides is meant, answers and
 * errors are XML without an envelope. Source: S3 API Reference, "Error responses"; surroundings.md 1.7, trap 41.
 */

/** How an operation is asked for, and where its members stand. */
export interface Xml {
  readonly method: 'GET' | 'HEAD'
  /** What the path names: nothing, a bucket, a bucket and a key. */
  readonly on: 'service' | 'bucket' | 'object'
  /** What the query string must have: `location`, `list-type=2`. */
  readonly parameter?: string
  /** Members by their names in the query string. */
  readonly query?: Readonly<Record<string, string>>
  /** Members by their names in headers, lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly answer: {
    /** The element around the members; absent: there is no body but `payload`. */
    readonly root?: string
    /** The member that is the whole text of the root. */
    readonly text?: string
    /** What the items of lists are called, by the name of the list. */
    readonly items?: Readonly<Record<string, string>>
    /** Lists without an element of their own: each item stands under the list's name. */
    readonly flat?: readonly string[]
    /** Members by their names in the head. Dates are written as HTTP has them. */
    readonly headers?: Readonly<Record<string, string>>
    /** The member whose entries stand in the head as `x-amz-meta-…`. */
    readonly metadata?: string
    /** The member that is the status, when it is not 200. */
    readonly status?: string
    /** The member that is the whole body. */
    readonly payload?: string
  }
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** Parameters that name another side of a bucket or an object. Source: S3 API Reference, the URIs of its operations. */
const SIDES: ReadonlySet<string> = new Set([
  ...[
    'abac',
    'accelerate',
    'acl',
    'analytics',
    'annotation',
    'annotations',
    'attributes',
    'cors',
    'delete',
    'encryption',
  ],
  ...['intelligent-tiering', 'inventory', 'legal-hold', 'lifecycle', 'location', 'logging', 'metadataConfiguration'],
  ...['metadataTable', 'metrics', 'notification', 'object-lock', 'ownershipControls', 'partNumber', 'policy'],
  ...[
    'policyStatus',
    'publicAccessBlock',
    'replication',
    'requestPayment',
    'restore',
    'retention',
    'select',
    'session',
  ],
  ...['tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website', 'list-type'],
])

interface Place {
  readonly on: Xml['on']
  readonly bucket: string
  readonly key: string
}

/** What a path names. The key is decoded once; `undefined`: it can't be. */
function placeOf(target: string): Place | undefined {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const slash = path.indexOf('/', 1)
  const bucket = path.slice(1, slash < 0 ? undefined : slash)
  const rest = slash < 0 ? '' : path.slice(slash + 1)
  try {
    const key = decodeURIComponent(rest)
    return { on: bucket === '' ? 'service' : key === '' ? 'bucket' : 'object', bucket: decodeURIComponent(bucket), key }
  } catch {
    return undefined
  }
}

const invalidUri = () => new ApiError('InvalidURI', "Couldn't parse the specified URI.", 400)

/** Operations by how they are asked for. */
export class XmlPaths<Found> {
  readonly #all: { readonly xml: Xml; readonly found: Found }[] = []

  put(xml: Xml, found: Found): void {
    // those that ask for a parameter before those that don't
    if (xml.parameter === undefined) this.#all.push({ xml, found })
    else this.#all.unshift({ xml, found })
  }

  /** Undefined: nothing here answers that. */
  find(method: string, target: string): Found | undefined {
    const on = placeOf(target)?.on
    const mark = target.indexOf('?')
    const pieces = mark < 0 ? [] : target.slice(mark + 1).split('&')
    const named = pieces.map((piece) => (piece.endsWith('=') ? piece.slice(0, -1) : piece))
    for (const { xml, found } of this.#all) {
      if (xml.method !== method || xml.on !== on) continue
      const sides = named.filter((piece) => SIDES.has(piece.split('=', 1)[0] ?? '') && !piece.startsWith('partNumber'))
      if (xml.parameter === undefined ? sides.length === 0 : sides.length === 1 && sides[0] === xml.parameter)
        return found
    }
    return undefined
  }
}

/** Why nothing answers: writing is refused, all other sides are not there. Source: S3 API Reference, list of error codes. */
export function noSuchMethod(method: string): ApiError {
  return method === 'GET' || method === 'HEAD'
    ? new ApiError(
        'NotImplemented',
        'A header or query you provided requested a function that is not implemented.',
        501,
      )
    : new ApiError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405)
}

/** The members of a request. */
export function decodeXml(
  xml: Xml,
  members: Readonly<Record<string, Shape>>,
  { target, header }: Pick<RawRequest, 'target' | 'header'>,
): Record<string, unknown> {
  const place = placeOf(target)
  if (place === undefined) throw invalidUri()
  const decoded: Record<string, unknown> = {}
  if (xml.on !== 'service') decoded.Bucket = place.bucket
  if (xml.on === 'object') decoded.Key = place.key
  const mark = target.indexOf('?')
  const parameters = mark < 0 ? [] : parseQuery(target.slice(mark + 1))
  for (const [name, wire] of Object.entries(xml.query ?? {})) {
    const found = parameters.find((each) => each.name === wire)
    if (found !== undefined) decoded[name] = memberOf(members[name] as Shape, wire, utf8(found.value))
  }
  for (const [name, wire] of Object.entries(xml.headers ?? {})) {
    const value = header.first(wire)
    if (value !== undefined) decoded[name] = memberOf(members[name] as Shape, wire, value)
  }
  return decoded
}

function utf8(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString('utf8')
  if (text.includes('\ufffd')) throw invalidUri()
  return text
}

function memberOf(shape: Shape, wire: string, text: string): unknown {
  switch (shape.kind) {
    case 'integer':
      if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647)
        throw new ApiError('InvalidArgument', `Provided ${wire} not an integer or within integer range`, 400)
      return Number(text)
    case 'boolean':
      return text === 'true'
    case 'timestamp': {
      const time = Date.parse(text)
      // S3 looks past dates that are none.
      return Number.isNaN(time) ? undefined : new Date(time)
    }
    case 'list':
      return text.split(',').map((each) => each.trim())
    default:
      return text
  }
}

/** A successful answer. */
export function xmlReply({ answer }: Xml, requestId: string, out: unknown): Reply {
  const members = (out ?? {}) as Readonly<Record<string, unknown>>
  const headers = ['x-amz-request-id', requestId, 'x-amzn-RequestId', requestId]
  const shown: Record<string, unknown> = {}
  let status = 200
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || name === answer.payload) continue
    const header = answer.headers?.[name]
    if (name === answer.status) status = value as number
    else if (name === answer.metadata)
      for (const [key, text] of Object.entries(value as Record<string, string>)) headers.push(`x-amz-meta-${key}`, text)
    else if (header !== undefined) headers.push(header, value instanceof Date ? value.toUTCString() : String(value))
    else shown[name] = value
  }
  if (answer.root === undefined) {
    const payload = answer.payload === undefined ? undefined : members[answer.payload]
    return { status, headers, body: payload instanceof Uint8Array ? payload : '' }
  }
  const inner = answer.text === undefined ? elements(shown, answer) : encodeXml(shown[answer.text] ?? '')
  const open = `<${answer.root} xmlns="${NAMESPACE}"`
  return {
    status,
    headers: [...headers, 'Content-Type', 'application/xml'],
    body: DECLARATION + (inner === '' ? `${open}/>` : `${open}>${inner}</${answer.root}>`),
  }
}

function elements(members: Readonly<Record<string, unknown>>, answer: Xml['answer']): string {
  let out = ''
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue
    const list = Array.isArray(value) ? (value as readonly unknown[]) : undefined
    if (list !== undefined && answer.flat?.includes(name) === true)
      out += list.map((item) => element(name, item, answer)).join('')
    else if (list !== undefined)
      out += `<${name}>${list.map((item) => element(answer.items?.[name] ?? 'member', item, answer)).join('')}</${name}>`
    else out += element(name, value, answer)
  }
  return out
}

function element(name: string, value: unknown, answer: Xml['answer']): string {
  const inner =
    value instanceof Date
      ? value.toISOString()
      : typeof value === 'object' && value !== null
        ? elements(value as Record<string, unknown>, answer)
        : encodeXml(value)
  return inner === '' ? `<${name}/>` : `<${name}>${inner}</${name}>`
}

/** A refusal. Source: S3 API Reference, "Error responses". `why`: see `encodeDenial` of the pipeline. */
export function xmlError(requestId: string, error: ApiError, why?: string): Reply {
  const headers = ['x-amz-request-id', requestId, 'x-amzn-RequestId', requestId]
  if (why !== undefined) headers.push('x-amzn-authorization-message', why)
  if (error.status === 304) return { status: 304, headers, body: '' }
  const { code: Code, message: Message } = error
  const inner = encodeXml({ Code, Message, ...error.more.members, RequestId: requestId, HostId: requestId })
  return {
    status: error.status,
    headers: [...headers, 'Content-Type', 'application/xml'],
    body: `${DECLARATION}<Error>${inner}</Error>`,
  }
}
