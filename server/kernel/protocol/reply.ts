import { ApiError } from '#kernel/error'
import { encodeCbor } from '#kernel/protocol/cbor-encoding'
import { encodeAnswer, encodeJson } from '#kernel/protocol/json'
import { encodeXml } from '#kernel/protocol/query'
import type { Rest } from '#kernel/protocol/rest'
import type { Service, Wording } from '#kernel/service'

/** What goes back to the client; the HTTP layer adds Date, Content-Length and Connection. */
export interface Reply {
  readonly status: number
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string | Uint8Array
  /** Of an answer that takes much memory: whoever reads it more slowly is cut off. */
  readonly sending?: Sending
  /** What follows the headers in place of `body`, piece by piece. */
  readonly stream?: Streamed
}

/** An answer that goes on. */
export interface Streamed {
  readonly requestId: string
  /**
   * The next piece; undefined: that was all. Asked for when the one before it is out. Rejects when something of ours went wrong, of
   * which the caller has been told already.
   */
  next(): Promise<Uint8Array | undefined>
  /** The server closes: the next piece is the last one. */
  stop(): void
  /** All is out, or nobody waits for it any more. May be told more than once. */
  over(): void
}

/** How an answer leaves. */
export interface Sending {
  /** Milliseconds until the last byte has to be out. */
  readonly longestMs: number
  /** Told once, when it is out or nobody waits for it any more. */
  over(): void
}

/** How a call is spoken: decides the form of its answer and of its errors. */
export type Protocol = 'json' | 'cbor' | 'query' | 'rest' | 'xml'

/**
 * Codes that the framework in front of a service gives, not the service's model: their text stands in `message`, except
 * AccessDeniedException, which says `Message`. Source: secretsmanager.md 1.3, kms.md 1.
 */
const FRAMEWORK = new Set([
  'ValidationException',
  'SerializationException',
  'UnknownOperationException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'MalformedQueryString',
  'ThrottlingException',
  'RequestEntityTooLargeException',
  'ServiceUnavailable',
  'InternalFailure',
])

/** The member that carries an error's text. */
function textMember(code: string, wording: Wording | undefined): 'message' | 'Message' {
  if (code === 'AccessDeniedException' || wording?.capital?.has(code) === true) return 'Message'
  return FRAMEWORK.has(code) ? 'message' : (wording?.modelled ?? 'message')
}

const NONE: readonly string[] = []

/** A successful JSON answer; `undefined` gives an empty body. `more`: headers of the service's own. */
export function jsonReply(
  version: '1.0' | '1.1',
  requestId: string,
  out: unknown,
  more: readonly string[] = NONE,
): Reply {
  return {
    status: 200,
    headers: ['x-amzn-RequestId', requestId, 'Content-Type', `application/x-amz-json-${version}`, ...more],
    body: out === undefined ? '' : encodeAnswer(out),
  }
}

/** A successful answer that goes on as a stream of events. */
export const eventStreamReply = (requestId: string, stream: Streamed): Reply => ({
  status: 200,
  headers: ['x-amzn-RequestId', requestId, 'Content-Type', 'application/vnd.amazon.eventstream'],
  body: '',
  stream,
})

/** Carries why a call was refused, encoded. A header, since AWS's texts stay as they are and AWS's models have no member for it. */
const WHY = 'x-amzn-authorization-message'

/** A refusal in JSON. Texts that are empty are left out. `why`: see `encodeDenial` of the pipeline. `more`: as in `jsonReply`. */
export function jsonError(
  version: '1.0' | '1.1',
  requestId: string,
  error: ApiError,
  wording?: Wording,
  why?: string,
  more: readonly string[] = NONE,
): Reply {
  const body: Record<string, unknown> = { __type: error.code, ...error.more.members }
  if (error.message !== '') body[textMember(error.code, wording)] = error.message
  return {
    status: error.status,
    headers: [...answered(requestId, why), 'Content-Type', `application/x-amz-json-${version}`, ...more],
    body: JSON.stringify(body),
  }
}

/** What the front of a service whose model is query-compatible says in Query, by its name in JSON and CBOR. Source: access.md 1.2, 3. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  ExpiredTokenException: 'ExpiredToken',
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  SerializationException: 'MalformedInput',
  ThrottlingException: 'Throttling',
  UnknownOperationException: 'InvalidAction',
  UnrecognizedClientException: 'InvalidClientTokenId',
  ValidationException: 'ValidationError',
}
const NAMES = new Map(Object.entries(QUERY_CODES).map(([name, code]) => [code, name]))

/**
 * A refusal as the protocol of the request names it. Services whose model is query-compatible name errors differently in Query, and
 * say that name besides in JSON and CBOR, or SDKs see codes that their users do not know. Source: surroundings.md 0, trap 13.
 */
export function inKind(
  protocol: Protocol,
  error: ApiError,
  service: Service | undefined,
): { readonly error: ApiError; readonly headers?: readonly string[] } {
  if (service?.queryCompatible === undefined) return { error }
  const code = service.queryCompatible[error.code] ?? QUERY_CODES[error.code] ?? error.code
  const name = protocol === 'query' ? code : (NAMES.get(error.code) ?? error.code)
  const named = name === error.code ? error : new ApiError(name, error.message, error.status, error.denial, error.more)
  if (protocol === 'query') return { error: named }
  const fault = error.status >= 500 ? 'Receiver' : 'Sender'
  return { error: named, headers: ['x-amzn-query-error', `${code};${fault}`, ...(service.json?.headers ?? NONE)] }
}

/** What answers in CBOR say of themselves. Source: Smithy RPC v2 CBOR. */
const CBOR = ['smithy-protocol', 'rpc-v2-cbor']

/** A successful answer in CBOR; one without members has no body. */
export function cborReply(service: Service, requestId: string, out: unknown): Reply {
  const headers = ['x-amzn-RequestId', requestId, ...CBOR]
  if (out === undefined) return { status: 200, headers, body: '' }
  return {
    status: 200,
    headers: [...headers, 'Content-Type', 'application/cbor'],
    body: encodeCbor(out, service.rpc?.doubles),
  }
}

/** A refusal in CBOR: its name with the namespace of the service's model. */
export function cborError(
  requestId: string,
  error: ApiError,
  service?: Service,
  why?: string,
  more: readonly string[] = NONE,
): Reply {
  const namespace = service?.rpc?.namespace
  const body: Record<string, unknown> = {
    __type: namespace === undefined ? error.code : `${namespace}#${error.code}`,
    ...error.more.members,
  }
  if (error.message !== '') body[textMember(error.code, service?.wording)] = error.message
  return {
    status: error.status,
    headers: [...answered(requestId, why), ...CBOR, 'Content-Type', 'application/cbor', ...more],
    body: encodeCbor(body),
  }
}

/** A successful Query answer; `undefined` leaves the Result element out. With `asJson` (STS on Accept) the same as JSON. */
export function queryReply(service: Service, action: string, requestId: string, out: unknown, asJson: boolean): Reply {
  if (asJson)
    return {
      status: 200,
      headers: ['x-amzn-RequestId', requestId, 'Content-Type', 'application/json'],
      body: encodeJson({
        [`${action}Response`]: { [`${action}Result`]: out, ResponseMetadata: { RequestId: requestId } },
      }),
    }
  const result = out === undefined ? '' : `<${action}Result>${encodeXml(out, service.query?.items)}</${action}Result>`
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
  return {
    status: 200,
    headers: ['x-amzn-RequestId', requestId, 'Content-Type', 'text/xml'],
    body: `<${action}Response xmlns="${service.query?.namespace ?? ''}">${result}${metadata}</${action}Response>`,
  }
}

/** A refusal in Query's XML. */
export function queryError(service: Service | undefined, requestId: string, error: ApiError, why?: string): Reply {
  const fault = error.status >= 500 ? 'Receiver' : 'Sender'
  const inner = encodeXml({ Error: { Type: fault, Code: error.code, Message: error.message }, RequestId: requestId })
  const namespace = service?.query === undefined ? '' : ` xmlns="${service.query.namespace}"`
  return {
    status: error.status,
    headers: [...answered(requestId, why), 'Content-Type', 'text/xml'],
    body: `<ErrorResponse${namespace}>${inner}</ErrorResponse>`,
  }
}

/** A successful REST-JSON answer: members of `out` go where the operation says, the others into the body. */
export function restReply({ status, answer }: Rest, requestId: string, out: unknown): Reply {
  const members = (out ?? {}) as Readonly<Record<string, unknown>>
  const headers = ['x-amzn-RequestId', requestId]
  let code = status
  const body: Record<string, unknown> = {}
  for (const name of Object.keys(members)) {
    const value = members[name]
    if (value === undefined || name === answer?.payload) continue
    const header = answer?.headers?.[name]
    if (header !== undefined) headers.push(header, String(value))
    else if (name === answer?.status) code = value as number
    else body[name] = value
  }
  if (code === 204) return { status: code, headers, body: '' }
  headers.push('Content-Type', 'application/json')
  const payload = answer?.payload === undefined ? undefined : members[answer.payload]
  if (payload instanceof Uint8Array) return { status: code, headers, body: payload }
  return { status: code, headers, body: out === undefined || answer?.payload !== undefined ? '' : encodeJson(body) }
}

/**
 * A refusal in REST-JSON: its code in a header. Errors of a service's own model say whose fault it is, what the framework in
 * front of it says does not. Source: rotation.md 14.1.
 */
export function restError(requestId: string, error: ApiError, wording?: Wording, why?: string): Reply {
  const framework = FRAMEWORK.has(error.code) || error.code === 'AccessDeniedException'
  const own = !framework || error.code === 'RequestEntityTooLargeException'
  const capital = error.code === 'AccessDeniedException' || wording?.capital?.has(error.code) === true
  const body: Record<string, unknown> = own ? { Type: error.status >= 500 ? 'Service' : 'User' } : {}
  if (error.message !== '') body[capital ? 'Message' : 'message'] = error.message
  Object.assign(body, error.more.members)
  return {
    status: error.status,
    headers: [
      ...answered(requestId, why),
      'x-amzn-errortype',
      error.code,
      ...(error.more.headers ?? []),
      'Content-Type',
      'application/json',
    ],
    body: JSON.stringify(body),
  }
}

function answered(requestId: string, why: string | undefined): string[] {
  return why === undefined ? ['x-amzn-RequestId', requestId] : ['x-amzn-RequestId', requestId, WHY, why]
}

/** What a caller gets when something of ours went wrong: no detail, only the request id to ask for. */
export function internalFailure(wording?: Wording): ApiError {
  const code = wording?.failure ?? 'InternalFailure'
  return new ApiError(code, 'The request processing has failed because of an unknown error.', 500)
}
