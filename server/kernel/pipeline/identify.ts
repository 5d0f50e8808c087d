import { isUtf8 } from 'node:buffer'
import type { Call, Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Exchange, PipelineParts } from '#kernel/pipeline/exchange'
import { inflated } from '#kernel/protocol/inflate'
import { parseForm } from '#kernel/protocol/query'
import { rpcTarget } from '#kernel/protocol/rpc'
import { noSuchMethod } from '#kernel/protocol/xml'
import type { Route } from '#kernel/routes'
import type { Service } from '#kernel/service'
import type { Credential } from '#kernel/signature/credential'
import { parseDate } from '#kernel/signature/date'
import { shown } from '#kernel/signature/refusal'
import type { RawRequest } from '#kernel/signature/request'
import { type Presented, verifySignature } from '#kernel/signature/verify'

/** Which protocol and which service: from the target header, else from the path, the form or the credential scope. */
export function speak(parts: PipelineParts, exchange: Exchange): void {
  const { raw } = exchange
  const target = raw.header.amzTarget
  if (target !== undefined) {
    if (raw.header.contentType?.startsWith('application/x-amz-json-1.0')) exchange.version = '1.0'
    const route = raw.method === 'POST' ? parts.routes.target(target) : undefined
    if (route === undefined) throw new ApiError('UnknownOperationException')
    exchange.route = route
    exchange.service = route.service
    return
  }
  const xml = xmlService(parts, raw)
  if (xml !== undefined) {
    exchange.protocol = 'xml'
    exchange.service = xml
    exchange.route = parts.routes.xmlPath(raw.method, raw.target)
    return
  }
  if (raw.target.length > 2) {
    if (raw.header.first('smithy-protocol') === 'rpc-v2-cbor') {
      exchange.protocol = 'cbor'
      const named = raw.method === 'POST' ? rpcTarget(raw.target) : undefined
      const spoken = named === undefined ? undefined : parts.routes.target(named)
      if (spoken?.service.rpc === undefined) throw new ApiError('UnknownOperationException')
      exchange.route = spoken
      exchange.service = spoken.service
      return
    }
    const route = parts.routes.path(raw.method, raw.target)
    if (route !== undefined) {
      exchange.protocol = 'rest'
      exchange.route = route
      exchange.service = route.service
      return
    }
  }
  const query = raw.target.indexOf('?')
  const formed = raw.header.contentType?.startsWith('application/x-www-form-urlencoded') === true
  if (!(raw.method === 'POST' && formed) && !(raw.method === 'GET' && query >= 0))
    throw new ApiError('UnknownOperationException')
  exchange.protocol = 'query'
}

/** The service whose requests are known by nothing but the scope of their signature: S3's paths are its users' own names. */
function xmlService({ routes: { xml } }: PipelineParts, { header, target }: RawRequest): Service | undefined {
  if (xml === undefined) return undefined
  const scope = `/${xml.signingName}/aws4_request`
  if (header.authorization !== undefined) return header.authorization.includes(scope) ? xml : undefined
  return target.includes('X-Amz-Credential=') && target.includes(scope.replaceAll('/', '%2F')) ? xml : undefined
}

/** The Query service that the signature of a call names. */
function queryService(parts: PipelineParts, presented: Presented | undefined): Service | undefined {
  const signed = presented === undefined ? undefined : parts.routes.signed(presented.scopeService)
  return signed?.query === undefined ? undefined : signed
}

/** Verifies who sent the request; nothing in its body has been looked at yet. */
export function authenticate(
  parts: PipelineParts,
  exchange: Exchange,
  presented: Presented | undefined,
): Promise<Credential> | Credential {
  if (exchange.protocol === 'query') exchange.service = queryService(parts, presented)
  return verifySignature(presented, exchange.raw, {
    now: signatureNow(parts, presented),
    service: exchange.service,
    regions: parts.regions,
    keys: parts.keys,
    acted: exchange.protocol === 'xml' ? amzHeaders(exchange.raw) : exchange.route?.rest?.headers,
    find: parts.find,
  })
}

/** S3 wants all of these signed. Source: S3 API Reference, "Authenticating requests". */
const amzHeaders = ({ header }: RawRequest): readonly string[] =>
  header.names.filter((name) => name.startsWith('x-amz-'))

/**
 * The time that a signature's date is held against. Where time travels (dev mode) some clients sign by the Date header of
 * our answers and some by the machine's clock: the one that is nearer to the date counts.
 */
function signatureNow({ clock, machineClock }: PipelineParts, presented: Presented | undefined): number {
  const now = clock.now()
  if (machineClock === undefined || presented === undefined) return now
  const signedMs = (parseDate(presented.date, presented.dateFrom === 'date')?.seconds ?? 0) * 1000
  const machine = machineClock.now()
  return Math.abs(machine - signedMs) < Math.abs(now - signedMs) ? machine : now
}

/** Somebody of whom nothing is known yet. */
const UNKNOWN: Omit<Caller, 'tags'> = {
  kind: 'web',
  account: '',
  arn: '',
  principalArn: '',
  userId: '',
  accessKeyId: '',
  policies: [],
}

/**
 * The Query operation that a request means which takes calls of strangers: whatever signature there is is not looked at.
 * Source: access.md 1.1. The body of any other request stays unread until its signature was found right.
 */
export function unsignedRoute(parts: PipelineParts, exchange: Exchange): Route | undefined {
  const { raw, protocol } = exchange
  if (protocol !== 'query') return undefined
  for (const route of parts.routes.unsigned) {
    const named = raw.method === 'GET' ? raw.target.includes(route.name) : raw.body.includes(route.name)
    if (!named) continue
    const form = formOf(raw, raw.body)
    const { query } = route.service
    if (form?.get('Action') !== route.name || (form.get('Version') ?? query?.version) !== query?.version) continue
    exchange.form = form
    exchange.service = route.service
    exchange.route = route
    return route
  }
  return undefined
}

/** The parameters of a Query call; bytes that are no UTF-8 are refused, never changed silently. */
function formOf(raw: RawRequest, body: Buffer): ReadonlyMap<string, string> | undefined {
  const query = raw.target.indexOf('?')
  const text = raw.method === 'GET' ? raw.target.slice(query + 1) : isUtf8(body) ? body.toString('utf8') : undefined
  return text === undefined ? undefined : parseForm(text)
}

/** Most bytes that a compressed body is inflated to: as many as an uncompressed one may have. */
const INFLATED_BYTES = 1024 * 1024

/** Inflates the body of a service that takes compressed ones, now that the signature over its bytes was found right. */
export function inflate(exchange: Exchange): void {
  if (exchange.service?.compressed !== true) return
  const encoding = exchange.raw.header.first('content-encoding')
  if (encoding === undefined || encoding === '' || encoding === 'identity' || encoding === 'aws-chunked') return
  exchange.body = inflated(exchange.raw.body, encoding, INFLATED_BYTES)
}

/** The operation of a Query call, now that its body may be read; a JSON call has named it already. */
export function chooseOperation(parts: PipelineParts, exchange: Exchange): Route {
  if (exchange.route !== undefined) return exchange.route
  const { raw, service } = exchange
  if (exchange.protocol === 'xml') throw noSuchMethod(raw.method)
  const form = formOf(raw, exchange.body)
  if (form === undefined || service === undefined) throw new ApiError('MalformedQueryString', '', 400)
  exchange.form = form
  const action = form.get('Action')
  const version = form.get('Version') ?? service.query?.version
  const known = action !== undefined && version === service.query?.version
  const route = known ? parts.routes.action(service, action) : undefined
  if (action === undefined) throw new ApiError('MissingAction', 'Missing Action', 400)
  if (route === undefined)
    throw new ApiError(
      'InvalidAction',
      `Could not find operation ${shown(action)} for version ${shown(version ?? '')}`,
      400,
    )
  exchange.route = route
  return route
}

/** What is known about the request from here on, besides its input. Nobody stands behind an unsigned one yet. */
export function startCall(
  parts: PipelineParts,
  exchange: Exchange,
  caller: Caller | undefined,
  presented: Presented | undefined,
): Call {
  const { raw } = exchange
  const address = raw.remoteAddress
  const who = caller ?? { ...UNKNOWN, tags: new Map() }
  const host = raw.header.host
  return {
    requestId: exchange.requestId,
    caller: who,
    account: who.account,
    region: presented?.scopeRegion ?? (parts.regions[0] as string),
    now: parts.clock.now(),
    sourceIp: address.startsWith('::ffff:') ? address.slice(7) : address,
    userAgent: raw.header.first('user-agent') ?? '',
    secure: raw.secure,
    ...(raw.tls === undefined ? {} : { tls: raw.tls }),
    ...(host === undefined ? {} : { host }),
    ...(raw.endpoint === undefined ? {} : { endpoint: raw.endpoint }),
    operation: exchange.route?.name ?? '',
    events: [],
  }
}
