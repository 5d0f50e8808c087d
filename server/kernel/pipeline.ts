import type { Call, Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Exchange, PipelineParts } from '#kernel/pipeline/exchange'
import { authenticate, chooseOperation, inflate, speak, startCall, unsignedRoute } from '#kernel/pipeline/identify'
import { CallerOutdated, perform } from '#kernel/pipeline/perform'
import { Streaming } from '#kernel/pipeline/streaming'
import {
  cborError,
  cborReply,
  eventStreamReply,
  inKind,
  internalFailure,
  jsonError,
  jsonReply,
  queryError,
  queryReply,
  type Reply,
  restError,
  restReply,
} from '#kernel/protocol/reply'
import { xmlError, xmlReply } from '#kernel/protocol/xml'
import type { Route } from '#kernel/routes'
import type { RawRequest } from '#kernel/signature/request'
import { expiredToken, unrecognized } from '#kernel/signature/refusal'
import { parseCredentials, type Presented, SignatureRefusal } from '#kernel/signature/verify'
import type { Unit } from '#kernel/storage/storage'

export type { Outcome, PipelineParts } from '#kernel/pipeline/exchange'

/** Errors that every operation may answer without declaring them. */
const COMMON = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'NotAuthorizedException',
  'ValidationException',
  'ValidationError',
  'SerializationException',
  'MalformedInput',
  'UnknownOperationException',
  'InvalidAction',
  'InvalidParameterValue',
  'InvalidParameterCombination',
  'InvalidClientTokenId',
  'ThrottlingException',
  'Throttling',
  'InvalidRequestContentException',
  // S3's model names few of its errors
  'InvalidArgument',
  'InvalidRange',
  'InvalidURI',
  'KMS.DisabledException',
  'KMS.KMSInvalidStateException',
  'KMS.NotFoundException',
  'NotModified',
  'PreconditionFailed',
])

/**
 * The way of a request, as one list of steps. The order is AWS's (secretsmanager.md 1.7):
 * protocol → operation → credentials → signature → caller → input → [unit: target → authorize → run] → audit → answer.
 */
export function pipeline(parts: PipelineParts): (raw: RawRequest) => Promise<Reply> {
  return async function handle(raw) {
    const exchange: Exchange = {
      requestId: parts.random.uuid(),
      raw,
      protocol: 'json',
      body: raw.body,
      version: '1.1',
      service: undefined,
      route: undefined,
      call: undefined,
      form: undefined,
      meter: undefined,
      trace: parts.tracing?.begin(raw.header.first('traceparent'), raw.remoteAddress),
      began: performance.now(),
    }
    try {
      exchange.trace?.step('authenticate')
      speak(parts, exchange)
      const unsigned = unsignedRoute(parts, exchange)
      const presented = unsigned === undefined ? parseCredentials(raw) : undefined
      const out = await served(parts, exchange, unsigned, presented)
      const reply = answer(exchange, exchange.route as Route, out)
      end(parts, exchange, 'ok', reply.status)
      return reply
    } catch (error) {
      return refuse(parts, exchange, error)
    }
  }
}

/**
 * Who asks, for what, and the work. When IAM changes between the first and the last the caller is judged once more, in the unit
 * of work itself: what others change can't keep a request from being served.
 */
async function served(
  parts: PipelineParts,
  exchange: Exchange,
  unsigned: Route | undefined,
  presented: Presented | undefined,
): Promise<unknown> {
  const { raw } = exchange
  const found = unsigned === undefined ? authenticate(parts, exchange, presented) : undefined
  const credential = found instanceof Promise ? await found : found
  inflate(exchange)
  const route = unsigned ?? chooseOperation(parts, exchange)
  exchange.meter = parts.meter(route)
  exchange.meter.begin()
  const call = startCall(parts, exchange, credential?.caller, presented)
  exchange.call = call
  if (credential !== undefined) parts.verified(call, route.service)
  const body = { protocol: exchange.protocol, form: exchange.form, body: exchange.body, raw, trace: exchange.trace }
  const again = async (unit: Unit): Promise<Caller> => {
    if (credential === undefined) throw unrecognized()
    const found = await parts.find(credential.accessKeyId, presented?.token, unit)
    // The signature was made with this secret.
    const same = found?.active === true && found.secret.reveal() === credential.secret.reveal()
    if (!same) throw unrecognized()
    if (found.sessionToken !== undefined && parts.clock.now() >= found.sessionToken.expiresAt) throw expiredToken()
    return found.caller
  }
  try {
    return await perform(parts, body, route, call, credential?.judgedAt, again)
  } catch (error) {
    if (!(error instanceof CallerOutdated) || credential === undefined) throw error
    return perform(parts, body, route, call, again, again)
  }
}

/**
 * Does an operation (`secretsmanager.CreateSecret`) in the name of a caller, without a request: validated, authorized and
 * recorded like any other call. For the seed of dev mode and for functions that run in this process. Throws the ApiError that the wire would answer.
 * `via`: see `Call`.
 */
export function local(
  parts: PipelineParts,
): (target: string, input: unknown, caller: Caller, region?: string, via?: string) => Promise<unknown> {
  return async (target, input, caller, region = parts.regions[0] as string, via?: string) => {
    const route = parts.routes.named(target)
    if (route === undefined) throw new ApiError('UnknownOperationException', `there is no operation ${target}`)
    const call: Call = {
      requestId: parts.random.uuid(),
      caller,
      account: caller.account,
      region,
      now: parts.clock.now(),
      sourceIp: '127.0.0.1',
      userAgent: 'strongroom',
      secure: false,
      operation: route.name,
      ...(via === undefined ? {} : { via }),
      events: [],
    }
    const body = { protocol: 'json', body: Buffer.from(JSON.stringify(input)), form: undefined } as const
    return perform(parts, body, route, call)
  }
}

function answer(exchange: Exchange, route: Route, out: unknown): Reply {
  if (out instanceof Streaming) return eventStreamReply(exchange.requestId, out)
  if (exchange.protocol === 'json')
    return jsonReply(exchange.version, exchange.requestId, out, route.service.json?.headers)
  if (exchange.protocol === 'cbor') return cborReply(route.service, exchange.requestId, out)
  const xml = exchange.protocol === 'xml' ? route.operation?.xml : undefined
  if (xml !== undefined) return xmlReply(xml, exchange.requestId, out)
  const rest = exchange.protocol === 'rest' ? route.operation?.rest : undefined
  if (rest !== undefined) return restReply(rest, exchange.requestId, out)
  const asJson = exchange.raw.header.first('accept') === 'application/json'
  return queryReply(route.service, route.name, exchange.requestId, out, asJson)
}

/** The answer to a call that did not end well: AWS's words for a refusal, none but the request id for a failure of ours. */
function refuse(parts: PipelineParts, exchange: Exchange, error: unknown): Reply {
  let told: ApiError
  let failure: unknown
  if (error instanceof SignatureRefusal) told = error.toApiError(exchange.protocol)
  else if (error instanceof ApiError && (parts.strict !== true || declared(exchange, error))) told = error
  else {
    failure = error
    told = internalFailure(exchange.service?.wording)
  }
  end(parts, exchange, told.code, told.status, failure)
  const why = told.denial === undefined ? undefined : parts.encodeDenial(told.denial)
  const kind = inKind(exchange.protocol, told, exchange.service)
  told = kind.error
  if (exchange.protocol === 'cbor') return cborError(exchange.requestId, told, exchange.service, why, kind.headers)
  if (exchange.protocol === 'xml') return xmlError(exchange.requestId, told, why)
  if (exchange.protocol === 'rest') return restError(exchange.requestId, told, exchange.service?.wording, why)
  return exchange.protocol === 'json'
    ? jsonError(
        exchange.version,
        exchange.requestId,
        told,
        exchange.service?.wording,
        why,
        kind.headers ?? exchange.service?.json?.headers,
      )
    : queryError(exchange.service, exchange.requestId, told, why)
}

/**
 * Whether an operation declared the error it threw; the SDK's names carry `Exception` where IAM's wire code does not (`Fault` where RDS's), and for
 * credential reports (`ReportExpired`) `Credential` too.
 */
function declared(exchange: Exchange, error: ApiError): boolean {
  const names = exchange.route?.operation?.errors
  if (names === undefined || exchange.call === undefined || COMMON.has(error.code)) return true
  const { code } = error
  return [code, `${code}Exception`, `${code}Fault`, `Credential${code}Exception`].some((name) => names.includes(name))
}

/** Tells log and metrics how a request ended. */
function end(parts: PipelineParts, exchange: Exchange, code: string, status: number, failure?: unknown): void {
  const ms = performance.now() - exchange.began
  let { meter } = exchange
  if (meter === undefined) {
    meter = parts.meter(exchange.route)
    meter.begin()
  }
  meter.end(code, ms / 1000)
  exchange.trace?.end({
    service: exchange.route?.service.name,
    operation: exchange.route?.name,
    requestId: exchange.requestId,
    region: exchange.call?.region,
    caller: exchange.call?.caller.arn,
    code,
    status,
  })
  parts.ended({
    requestId: exchange.requestId,
    route: exchange.route,
    caller: exchange.call?.caller.arn,
    code,
    status,
    ...(failure === undefined ? {} : { failure }),
    remoteAddress: exchange.raw.remoteAddress,
    traceId: exchange.trace?.id,
    ms,
  })
}
