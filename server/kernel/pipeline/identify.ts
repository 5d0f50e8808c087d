import { isUtf8 } from 'node:buffer'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Exchange, PipelineParts } from '#kernel/pipeline/exchange'
import { parseForm } from '#kernel/protocol/query'
import type { Route } from '#kernel/routes'
import type { Service } from '#kernel/service'
import type { Credential } from '#kernel/signature/credential'
import { parseDate } from '#kernel/signature/date'
import { shown } from '#kernel/signature/refusal'
import { type Presented, verifySignature } from '#kernel/signature/verify'

/** Which protocol and which service: from the target header, else from the form or the credential scope. */
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
export async function authenticate(
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
export function chooseOperation(parts: PipelineParts, exchange: Exchange): Route {
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

/** What is known about the request from here on, besides its input. */
export function startCall(
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
