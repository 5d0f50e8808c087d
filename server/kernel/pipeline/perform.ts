import type { AuditEvent } from '#kernel/audit/event'
import { decide, questionOf, refusal } from '#kernel/authorization/authorize'
import { explain } from '#kernel/authorization/explain'
import type { Call, Caller } from '#kernel/call'
import { ApiError, type Denial } from '#kernel/error'
import { audited, sentence } from '#kernel/input'
import type { AnyOperation, Target } from '#kernel/operation'
import type { Body, PipelineParts } from '#kernel/pipeline/exchange'
import { decodeJson } from '#kernel/protocol/json'
import { decodeXml } from '#kernel/protocol/xml'
import { decodeQuery } from '#kernel/protocol/query'
import { decodeRpc } from '#kernel/protocol/rpc'
import { internalFailure, type Protocol } from '#kernel/protocol/reply'
import { Streaming } from '#kernel/pipeline/streaming'
import type { Route } from '#kernel/routes'
import type { Service } from '#kernel/service'
import { SignatureRefusal } from '#kernel/signature/refusal'
import { DURABLE, type Unit } from '#kernel/storage/storage'
import type { Trace } from '#kernel/tracing'
import { type Soon, when } from '#kernel/values/soon'

/**
 * The caller was judged by a state of IAM that is not the one of the unit of work: a key may be revoked, a policy changed.
 * Nothing has been done; the caller is to be judged again.
 */
export class CallerOutdated extends Error {}

/** By what a caller was judged: a generation of IAM (see `Credential`), or anew in the unit of work itself. */
export type Judged = number | ((unit: Unit) => Promise<Caller>) | undefined

/**
 * Input, target, permission and the work itself, with its record in the trail. Throws CallerOutdated, which leaves no record,
 * when the caller was judged by another generation than the unit of work is of. `again` judges the caller of an answer that goes on.
 */
export async function perform(
  parts: PipelineParts,
  body: Body,
  route: Route,
  call: Call,
  judged?: Judged,
  again?: (unit: Unit) => Promise<Caller>,
): Promise<unknown> {
  const { operation, service } = route
  let input: Record<string, unknown> | undefined
  const asked: Asked = { call, judged, trace: body.trace, again }
  try {
    if (operation === undefined) throw service.unsupported?.(route.name) ?? notYet(body.protocol, route)
    const decoded = decode(body, route)
    const violations = route.input.violations(decoded)
    if (violations !== undefined)
      throw new ApiError(service.wording.validation, sentence(violations, service.wording.enumHidesValue))
    input = decoded
    const excluded = service.excluded?.(call.caller, route.name)
    if (excluded !== undefined) throw excluded
    if (service.throttled !== undefined) {
      const throttled = await service.throttled(call, route.name)
      if (throttled !== undefined) throw throttled
    }
    return await work(parts, route, operation, asked, decoded)
  } catch (error) {
    // Who is not, or no more, who they say leaves no record, as when the signature is found wrong.
    if (!(error instanceof CallerOutdated || error instanceof SignatureRefusal))
      await recordRefusal(parts, route, asked, input, error)
    throw error
  }
}

function decode(
  { protocol, body, form, raw }: Body,
  { input, rest, service, operation }: Route,
): Record<string, unknown> {
  if (protocol === 'json') return decodeJson(input, body)
  if (protocol === 'cbor') return decodeRpc(input, body)
  if (operation?.xml !== undefined && raw !== undefined) return decodeXml(operation.xml, operation.input, raw)
  if (rest !== undefined && raw !== undefined) return rest.decode(raw)
  return decodeQuery(input, form ?? new Map(), service.query?.items)
}

/** The call as it is known so far: who makes an unsigned one is known when its target is. */
interface Asked {
  call: Call
  readonly judged: Judged
  /** What it acts on, once that is known. */
  targets?: Target | readonly Target[]
  readonly trace: Trace | undefined
  /** Judges the caller once more: for an answer that goes on. */
  readonly again: ((unit: Unit) => Promise<Caller>) | undefined
}

/** One unit of work: target → authorize → run, and for a change its audit record, all or nothing. */
async function work(
  parts: PipelineParts,
  route: Route,
  operation: AnyOperation,
  asked: Asked,
  input: Record<string, unknown>,
): Promise<unknown> {
  const { storage, trail } = parts
  const { call: first, trace } = asked
  let events: AuditEvent[] = []
  // Here and below nothing is awaited that is there already: see `Soon`.
  if (operation.prepare !== undefined) await operation.prepare(input, first)
  if (operation.ahead !== undefined) await workAhead(parts, route, operation, asked, input)
  const effect = operation.effectOf === undefined ? operation.effect : operation.effectOf(input)
  if (operation.streams !== undefined) return workStreaming(parts, route, operation, asked, input)
  if (operation.after !== undefined && effect === 'read' && operation.afterOf?.(input) !== false)
    return workAfter(parts, route, operation, asked, input)
  const inUnit = (unit: Unit): Soon<unknown> => {
    let { call } = asked
    call.events.length = 0
    const env = route.service.env(unit, call)
    return when(operation.target(input, env, call), (target) => {
      asked.targets = target
      if (operation.unsigned === true) {
        call = named(call, target)
        asked.call = call
      }
      if (operation.open !== true) authorize(route, call, target)
      return when(operation.run(input, env, call), (result) => {
        events = [...call.events, eventOf(route, operation, call, input, result, target)]
        return effect === 'write' ? trail.recordIn(unit, events).then(() => result) : result
      })
    })
  }
  trace?.step('unit of work')
  const out = await storage.unit(effect, (unit) => when(judge(unit, asked), () => inUnit(unit)))
  trace?.step('audit record')
  if (effect === 'read') await trail.record(events)
  trace?.step('durability')
  const durable = storage.durable()
  if (durable !== DURABLE) await durable
  parts.served?.(asked.call, input, out)
  return out
}

/** The same of an operation whose work goes on when its unit is closed: its record says how that ended. */
async function workAfter(
  parts: PipelineParts,
  route: Route,
  operation: AnyOperation,
  asked: Asked,
  input: Record<string, unknown>,
): Promise<unknown> {
  const { storage, trail } = parts
  const { result, env, target } = await readWork(parts, route, operation, asked, input)
  // What is done now can't be taken back when its record can't be written.
  if (!trail.healthy()) throw new Error('the audit trail cannot be written: nothing is begun')
  const { call } = asked
  asked.trace?.step('work after it')
  const out = await operation.after?.(result, input, env, call)
  asked.trace?.step('audit record')
  await trail.record([...call.events, eventOf(route, operation, call, input, out, target)])
  await storage.durable()
  parts.served?.(call, input, out)
  return out
}

/** The unit of an operation whose work goes on when that is closed. */
function readWork({ storage }: PipelineParts, route: Route, operation: AnyOperation, asked: Asked, input: object) {
  asked.trace?.step('unit of work')
  return storage.unit('read', async (unit) => {
    await judge(unit, asked)
    const { call } = asked
    call.events.length = 0
    const env = route.service.env(unit, call)
    const target = await operation.target(input, env, call)
    asked.targets = target
    authorize(route, call, target)
    return { result: await operation.run(input, env, call), env, target }
  })
}

/** The same of an operation whose answer goes on: its record says that it began. */
async function workStreaming(
  parts: PipelineParts,
  route: Route,
  operation: AnyOperation,
  asked: Asked,
  input: Record<string, unknown>,
): Promise<unknown> {
  const { storage, trail, clock } = parts
  const { streams } = operation
  const { again } = asked
  if (streams === undefined || again === undefined) throw new Error(`${route.action} is answered to a connection only`)
  const { result, target } = await readWork(parts, route, operation, asked, input)
  streams.begin(result)
  try {
    const { call } = asked
    asked.trace?.step('audit record')
    await trail.record([...call.events, eventOf(route, operation, call, input, result, target)])
    await storage.durable()
    const { env } = route.service
    return new Streaming(
      {
        clock,
        unit: (work) => storage.unit('read', work),
        judge: again,
        permit: async (now, later) => authorize(route, later, await operation.target(input, now, later)),
        env,
        record: async (events) => {
          await trail.record(events)
          await storage.durable()
        },
      },
      streams,
      result,
      call,
    )
  } catch (error) {
    streams.over(result)
    throw error
  }
}

/** What an operation does before its unit, for those who may call it. */
async function workAhead(
  { storage }: PipelineParts,
  route: Route,
  operation: AnyOperation,
  asked: Asked,
  input: Record<string, unknown>,
): Promise<void> {
  const work = await storage.unit('read', async (unit) => {
    await judge(unit, asked)
    const { call } = asked
    const env = route.service.env(unit, call)
    authorize(route, call, await operation.target(input, env, call))
    return operation.ahead?.(input, env, call)
  })
  await work?.()
}

/** Whoever was judged by another state of IAM than this unit sees is judged again: by the one who called, or here. */
function judge(unit: Unit, asked: Asked): Soon<void> {
  const { judged } = asked
  if (typeof judged === 'function') return judgeAgain(unit, asked, judged)
  if (judged !== undefined && unit.generation('iam') !== judged) throw new CallerOutdated()
  return undefined
}

async function judgeAgain(unit: Unit, asked: Asked, judged: (unit: Unit) => Promise<Caller>): Promise<void> {
  asked.call = { ...asked.call, caller: await judged(unit) }
}

/** An unsigned call, now that the input has said who makes it. */
function named(call: Call, targets: Target | readonly Target[]): Call {
  const { caller } = (Array.isArray(targets) ? targets[0] : targets) as Target
  return caller === undefined ? call : { ...call, caller, account: caller.account }
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
  if (decision.allowed || (target.unlessDenied === true && !refusedAll(call, service, action, target))) return
  if (service.denied !== undefined) throw service.denied(decision, call, action, target)
  throw accessDenied(service, refusal(decision, call, action, target), {
    decision,
    call,
    service: service.name,
    action,
    target,
  })
}

/** Whether a caller who needs no permission is denied it, or came in by an endpoint whose policy does not allow it. */
function refusedAll(call: Call, service: Service, action: string, target: Target): boolean {
  const { says } = explain(questionOf(call, service.name, action, target, target.rule ?? service.rule ?? 'plain'))
  return Object.values(says).includes('explicitDeny') || says.endpoint === 'implicitDeny'
}

/** AWS's refusal for lack of permission, in the code and status of the service's protocol. Source: access.md 5.6. */
function accessDenied(service: Service, text: string, denial: Denial): ApiError {
  return service.query === undefined
    ? new ApiError('AccessDeniedException', text, service.rest === undefined ? 400 : 403, denial)
    : new ApiError('AccessDenied', text, 403, denial)
}

function notYet(protocol: Protocol, route: Route): ApiError {
  const { service, name } = route
  if (protocol === 'query')
    return new ApiError('InvalidAction', `Could not find operation ${name} for version ${service.query?.version}`, 400)
  return new ApiError('UnknownOperationException', `${name} is not offered by this server yet.`)
}

/** The event of a call that ended well. Written member by member, which costs less than spreads: it is made for every request. */
function eventOf(
  route: Route,
  operation: AnyOperation,
  call: Call,
  input: Record<string, unknown>,
  out: unknown,
  targets: Target | readonly Target[],
): AuditEvent {
  const { audit } = operation
  const event: { -readonly [name in keyof AuditEvent]: AuditEvent[name] } = {
    call,
    eventSource: route.service.eventSource,
    eventName: audit?.name ?? route.name,
    readOnly: operation.readOnly ?? operation.effect === 'read',
    requestParameters: audit?.request === undefined ? audited(route.input, input) : audit.request(input),
    responseElements: audit?.response?.(out, targets) ?? null,
  }
  const { home } = route.service
  if (home !== undefined) event.region = home
  const resources = audit?.resources?.(input, out, call, targets)
  if (resources !== undefined) event.resources = resources
  const additional = audit?.additional?.(input, out, call, targets)
  if (additional !== undefined) event.additionalEventData = additional
  if (audit?.dataEvent === true) event.dataEvent = true
  if (audit?.copies !== undefined) event.copies = audit.copies(input, out, call)
  else {
    const owner = (Array.isArray(targets) ? (targets[0] as Target | undefined) : (targets as Target))?.owner
    if (owner !== undefined && owner !== call.account) event.owner = owner
  }
  return event
}

const NOWHERE: Pick<AuditEvent, 'region' | 'dataEvent'> = {}

/** What is said of where and in which category the events of an operation stand, where that is not the rule. */
function placed({ service, operation }: Route): Pick<AuditEvent, 'region' | 'dataEvent'> {
  if (service.home !== undefined) return { region: service.home }
  return operation?.audit?.dataEvent === true ? { dataEvent: true } : NOWHERE
}

/** A refused or failed call leaves its record too; when even that fails the caller gets our failure instead. */
async function recordRefusal(
  parts: PipelineParts,
  route: Route,
  { call, targets }: Asked,
  input: Record<string, unknown> | undefined,
  error: unknown,
): Promise<void> {
  const { operation } = route
  // Nobody is known to have called: as with a wrong signature there is nothing to record, or strangers could fill the trail.
  if (operation?.unsigned === true && call.caller.userId === '') return
  const told = error instanceof ApiError ? error : internalFailure(route.service.wording)
  const text = told.more.recorded ?? told.message
  const parameters =
    input === undefined
      ? null
      : operation?.audit?.request === undefined
        ? audited(route.input, input)
        : operation.audit.request(input)
  const additionalEventData =
    input === undefined ? undefined : operation?.audit?.additional?.(input, undefined, call, targets)
  const event: AuditEvent = {
    call,
    eventSource: route.service.eventSource,
    eventName: operation?.audit?.name ?? route.name,
    readOnly: operation === undefined ? false : (operation.readOnly ?? operation.effect === 'read'),
    requestParameters: parameters,
    responseElements: null,
    ...(told.more.unrecorded === true ? {} : { errorCode: told.code, ...(text === '' ? {} : { errorMessage: text }) }),
    ...(additionalEventData === undefined ? {} : { additionalEventData }),
    ...placed(route),
  }
  await parts.trail.record([...call.events, event])
  await parts.storage.durable()
}
