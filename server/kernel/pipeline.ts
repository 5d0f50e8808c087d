import { isUtf8 } from 'node:buffer'
import { audited, sentence } from '#kernel/input'
import type { AuditEvent } from '#kernel/audit/event'
import type { Trail } from '#kernel/audit/trail'
import { decide, refusal } from '#kernel/authorization/authorize'
import type { Call, Caller } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { Meter } from '#kernel/metrics'
import { ApiError } from '#kernel/error'
import type { AnyOperation, Target } from '#kernel/operation'
import { decodeJson } from '#kernel/protocol/json'
import { decodeQuery, parseForm } from '#kernel/protocol/query'
import {
  internalFailure,
  jsonError,
  jsonReply,
  type Protocol,
  queryError,
  queryReply,
  type Reply,
} from '#kernel/protocol/reply'
import type { Random } from '#kernel/random'
import type { Route, Routes } from '#kernel/routes'
import type { Service } from '#kernel/service'
import type { Credential } from '#kernel/signature/credential'
import { parseDate } from '#kernel/signature/date'
import { shown } from '#kernel/signature/refusal'
import type { RawRequest } from '#kernel/signature/request'
import type { SigningKeys } from '#kernel/signature/keys'
import { type Presented, parseCredentials, SignatureRefusal, verifySignature } from '#kernel/signature/verify'
import type { Storage } from '#kernel/storage/storage'

/** How a request ended, for log and metrics. Nothing in it comes from a member of the request. */
export interface Outcome {
  readonly requestId: string
  /** Undefined when the request named no operation that exists. */
  readonly route: Route | undefined
  readonly caller: string | undefined
  /** `ok` or the error's code. */
  readonly code: string
  readonly status: number
  /** What escaped, when it was our fault. */
  readonly failure?: unknown
  readonly remoteAddress: string
  /** From the request, read in full, to its answer. */
  readonly ms: number
}

/** What the pipeline works with. */
export interface PipelineParts {
  readonly routes: Routes
  readonly storage: Storage
  readonly trail: Trail
  readonly clock: Clock
  /** Dev mode only, where `clock` travels: the machine's own, by which signatures may be dated too. */
  readonly machineClock?: Clock
  readonly random: Random
  readonly regions: readonly string[]
  readonly keys: SigningKeys
  /** The credential of an access key id; undefined when there is none. */
  readonly find: (accessKeyId: string) => Promise<Credential | undefined> | Credential | undefined
  /** Told about each request whose signature was right. */
  verified(call: Call, service: Service): void
  /** Told once about each request, after its answer is made. */
  ended(outcome: Outcome): void
  /** Counts the requests of a route; undefined: of requests that name no operation. */
  meter(route: Route | undefined): Meter
  /** Tests: an error that the operation did not declare is a failure of ours. */
  readonly strict?: boolean
}

/** What is known about a request so far; filled in by the steps. */
interface Exchange {
  readonly requestId: string
  readonly raw: RawRequest
  protocol: Protocol
  version: '1.0' | '1.1'
  service: Service | undefined
  route: Route | undefined
  call: Call | undefined
  form: ReadonlyMap<string, string> | undefined
  meter: Meter | undefined
  readonly began: number
}

/** What an operation's input is decoded from. */
interface Body {
  readonly protocol: Protocol
  readonly body: Buffer
  readonly form: ReadonlyMap<string, string> | undefined
}

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
  'ThrottlingException',
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
      version: '1.1',
      service: undefined,
      route: undefined,
      call: undefined,
      form: undefined,
      meter: undefined,
      began: performance.now(),
    }
    try {
      speak(parts, exchange)
      const presented = parseCredentials(raw)
      const credential = await authenticate(parts, exchange, presented)
      const route = chooseOperation(parts, exchange)
      exchange.meter = parts.meter(route)
      exchange.meter.begin()
      const call = startCall(parts, exchange, credential, presented)
      exchange.call = call
      parts.verified(call, route.service)
      const { protocol, form } = exchange
      const out = await perform(parts, { protocol, form, body: raw.body }, route, call)
      const reply = answer(exchange, route, out)
      end(parts, exchange, 'ok', 200)
      return reply
    } catch (error) {
      return refuse(parts, exchange, error)
    }
  }
}

/**
 * Does an operation (`secretsmanager.CreateSecret`) in the name of a caller, without a request: validated, authorized and
 * recorded like any other call. For the seed of dev mode. Throws the ApiError that the wire would answer.
 */
export function local(parts: PipelineParts): (target: string, input: unknown, caller: Caller) => Promise<unknown> {
  return async (target, input, caller) => {
    const route = parts.routes.target(target)
    if (route === undefined) throw new ApiError('UnknownOperationException', `there is no operation ${target}`)
    const call: Call = {
      requestId: parts.random.uuid(),
      caller,
      account: caller.account,
      region: parts.regions[0] as string,
      now: parts.clock.now(),
      sourceIp: '127.0.0.1',
      userAgent: 'strongroom',
      secure: false,
      events: [],
    }
    const body = { protocol: 'json', body: Buffer.from(JSON.stringify(input)), form: undefined } as const
    return perform(parts, body, route, call)
  }
}

/** Which protocol and which service: from the target header, else from the form or the credential scope. */
function speak(parts: PipelineParts, exchange: Exchange): void {
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
  const query = raw.target.indexOf('?')
  const formed = raw.header.contentType?.startsWith('application/x-www-form-urlencoded') === true
  if (!(raw.method === 'POST' && formed) && !(raw.method === 'GET' && query >= 0))
    throw new ApiError('UnknownOperationException')
  exchange.protocol = 'query'
}

/** The Query service that the signature of a call names. */
function queryService(parts: PipelineParts, presented: Presented | undefined): Service | undefined {
  const signed = presented === undefined ? undefined : parts.routes.signed(presented.scopeService)
  return signed?.query === undefined ? undefined : signed
}

/** Verifies who sent the request; nothing in its body has been looked at yet. */
async function authenticate(
  parts: PipelineParts,
  exchange: Exchange,
  presented: Presented | undefined,
): Promise<Credential> {
  if (exchange.protocol === 'query') exchange.service = queryService(parts, presented)
  return verifySignature(presented, exchange.raw, {
    now: signatureNow(parts, presented),
    service: exchange.service,
    regions: parts.regions,
    keys: parts.keys,
    find: parts.find,
  })
}

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

/** The operation of a Query call, now that its body may be read; a JSON call has named it already. */
function chooseOperation(parts: PipelineParts, exchange: Exchange): Route {
  if (exchange.route !== undefined) return exchange.route
  const { raw, service } = exchange
  const query = raw.target.indexOf('?')
  // Bytes that are no UTF-8 are refused, never changed silently.
  const text =
    raw.method === 'GET' ? raw.target.slice(query + 1) : isUtf8(raw.body) ? raw.body.toString('utf8') : undefined
  const form = text === undefined ? undefined : parseForm(text)
  if (form === undefined || service === undefined) throw new ApiError('MalformedQueryString', '', 400)
  exchange.form = form
  const action = form.get('Action')
  const route = action === undefined ? undefined : parts.routes.action(service, action)
  if (action === undefined) throw new ApiError('MissingAction', 'Missing Action', 400)
  if (route === undefined)
    throw new ApiError(
      'InvalidAction',
      `Could not find operation ${shown(action)} for version ${service.query?.version}`,
      400,
    )
  exchange.route = route
  return route
}

function startCall(
  parts: PipelineParts,
  exchange: Exchange,
  credential: Credential,
  presented: Presented | undefined,
): Call {
  const { raw } = exchange
  const address = raw.remoteAddress
  const host = raw.header.host
  return {
    requestId: exchange.requestId,
    caller: credential.caller,
    account: credential.caller.account,
    region: presented?.scopeRegion ?? (parts.regions[0] as string),
    now: parts.clock.now(),
    sourceIp: address.startsWith('::ffff:') ? address.slice(7) : address,
    userAgent: raw.header.first('user-agent') ?? '',
    secure: raw.secure,
    ...(raw.tls === undefined ? {} : { tls: raw.tls }),
    ...(host === undefined ? {} : { host }),
    events: [],
  }
}

/** Input, target, permission and the work itself, with its record in the trail. */
async function perform(parts: PipelineParts, body: Body, route: Route, call: Call): Promise<unknown> {
  const { operation, service } = route
  let input: Record<string, unknown> | undefined
  try {
    if (operation === undefined) throw notYet(body.protocol, route)
    const decoded =
      body.protocol === 'json' ? decodeJson(route.input, body.body) : decodeQuery(route.input, body.form ?? new Map())
    const violations = route.input.violations(decoded)
    if (violations !== undefined)
      throw new ApiError(service.wording.validation, sentence(violations, service.wording.enumHidesValue))
    input = decoded
    return await work(parts, route, operation, call, decoded)
  } catch (error) {
    await recordRefusal(parts, route, call, input, error)
    throw error
  }
}

/** One unit of work: target → authorize → run, and for a change its audit record, all or nothing. */
async function work(
  parts: PipelineParts,
  route: Route,
  operation: AnyOperation,
  call: Call,
  input: Record<string, unknown>,
): Promise<unknown> {
  const { storage, trail } = parts
  let events: AuditEvent[] = []
  const out = await storage.unit(operation.effect, async (unit) => {
    call.events.length = 0
    const env = route.service.env(unit, call)
    const target = await operation.target(input, env, call)
    if (operation.open !== true) authorize(route, call, target)
    const result = await operation.run(input, env, call)
    events = [...call.events, eventOf(route, operation, call, input, result)]
    if (operation.effect === 'write') await trail.recordIn(unit, events)
    return result
  })
  if (operation.effect === 'read') await trail.record(events)
  await storage.durable()
  return out
}

/** Every target must be allowed; the first one that is not decides what the caller is told. No target is our mistake. */
function authorize(route: Route, call: Call, targets: Target | readonly Target[]): void {
  if (!Array.isArray(targets)) authorizeOne(route, call, targets as Target)
  else if (targets.length === 0) throw new Error(`${route.action} asks for no permission at all`)
  else for (const target of targets) authorizeOne(route, call, target)
}

function authorizeOne(route: Route, call: Call, target: Target): void {
  const { service } = route
  const action = target.action ?? route.action
  const decision = decide(call, service.name, action, target, target.rule ?? service.rule ?? 'plain')
  if (decision.allowed) return
  if (service.denied !== undefined) throw service.denied(decision, call, action, target)
  throw accessDenied(service, refusal(decision, call, action, target))
}

/** AWS's refusal for lack of permission, in the code and status of the service's protocol. Source: access.md 5.6. */
function accessDenied(service: Service, text: string): ApiError {
  return service.query === undefined
    ? new ApiError('AccessDeniedException', text, 400)
    : new ApiError('AccessDenied', text, 403)
}

function notYet(protocol: Protocol, route: Route): ApiError {
  const { service, name } = route
  if (protocol === 'query')
    return new ApiError('InvalidAction', `Could not find operation ${name} for version ${service.query?.version}`, 400)
  return new ApiError('UnknownOperationException', `${name} is not offered by this server yet.`)
}

/** The event of a call that ended well. */
function eventOf(
  route: Route,
  operation: AnyOperation,
  call: Call,
  input: Record<string, unknown>,
  out: unknown,
): AuditEvent {
  const { audit } = operation
  const resources = audit?.resources?.(input, out)
  return {
    call,
    eventSource: route.service.eventSource,
    eventName: route.name,
    readOnly: operation.readOnly ?? operation.effect === 'read',
    requestParameters: audit?.request === undefined ? audited(route.input, input) : audit.request(input),
    responseElements: audit?.response?.(out) ?? null,
    ...(resources === undefined ? {} : { resources }),
  }
}

/** A refused or failed call leaves its record too; when even that fails the caller gets our failure instead. */
async function recordRefusal(
  parts: PipelineParts,
  route: Route,
  call: Call,
  input: Record<string, unknown> | undefined,
  error: unknown,
): Promise<void> {
  const { operation } = route
  const told = error instanceof ApiError ? error : internalFailure()
  const parameters =
    input === undefined
      ? null
      : operation?.audit?.request === undefined
        ? audited(route.input, input)
        : operation.audit.request(input)
  const event: AuditEvent = {
    call,
    eventSource: route.service.eventSource,
    eventName: route.name,
    readOnly: operation === undefined ? false : (operation.readOnly ?? operation.effect === 'read'),
    requestParameters: parameters,
    responseElements: null,
    errorCode: told.code,
    ...(told.message === '' ? {} : { errorMessage: told.message }),
  }
  await parts.trail.record([...call.events, event])
  await parts.storage.durable()
}

function answer(exchange: Exchange, route: Route, out: unknown): Reply {
  if (exchange.protocol === 'json') return jsonReply(exchange.version, exchange.requestId, out)
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
    told = internalFailure()
  }
  end(parts, exchange, told.code, told.status, failure)
  return exchange.protocol === 'json'
    ? jsonError(exchange.version, exchange.requestId, told, exchange.service?.wording)
    : queryError(exchange.service, exchange.requestId, told)
}

/** Whether an operation declared the error it threw; the SDK's names carry `Exception` where IAM's wire code does not. */
function declared(exchange: Exchange, error: ApiError): boolean {
  const names = exchange.route?.operation?.errors
  if (names === undefined || exchange.call === undefined || COMMON.has(error.code)) return true
  return names.includes(error.code) || names.includes(`${error.code}Exception`)
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
  parts.ended({
    requestId: exchange.requestId,
    route: exchange.route,
    caller: exchange.call?.caller.arn,
    code,
    status,
    ...(failure === undefined ? {} : { failure }),
    remoteAddress: exchange.raw.remoteAddress,
    ms,
  })
}
