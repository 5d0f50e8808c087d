import type { AuditEvent, Copy } from '#kernel/audit/event'
import { scrubbed } from '#kernel/audit/scrub'
import { cut, sized } from '#kernel/audit/truncate'
import type { Call, Caller } from '#kernel/call'

/** The format of the records. Source: surroundings.md 1.1, the version that published records of 2026 carry. */
const VERSION = '{"eventVersion":"1.11","userIdentity":'
const KIB = 1024
/** Source: surroundings.md 1.1. */
const LIMITS = { agent: KIB, error: KIB, elements: 100 * KIB, additional: 28 * KIB } as const

/**
 * The CloudTrail record of an event, as JSON in CloudTrail's order of members.
 * Written by hand, piece by piece: it is made for every request. Source: surroundings.md 1.1 to 1.4.
 */
export function recordOf(event: AuditEvent, eventId: string): string {
  const { call } = event
  const frame = frameOf(event)
  let out = frame.head + instant(call.now) + frame.middle
  if (event.errorCode !== undefined) out += `,"errorCode":${JSON.stringify(cut(event.errorCode, LIMITS.error))}`
  if (event.errorMessage !== undefined && event.errorMessage !== '') {
    out += `,"errorMessage":${JSON.stringify(cut(event.errorMessage, LIMITS.error))}`
  }
  out += `,"requestParameters":${sized(event.requestParameters, LIMITS.elements)},"responseElements":${sized(event.responseElements, LIMITS.elements)}`
  if (event.additionalEventData !== undefined) {
    out += `,"additionalEventData":${sized(event.additionalEventData, LIMITS.additional)}`
  }
  out += `,"requestID":${JSON.stringify(call.requestId)},"eventID":"${eventId}${event.readOnly ? READ_ONLY : WRITING}`
  if (event.resources !== undefined) out += `,"resources":${resourcesOf(event.resources)}`
  if (event.serviceEventDetails !== undefined)
    out += `,"serviceEventDetails":${sized(event.serviceEventDetails, LIMITS.additional)}`
  return out + frame.tail
}

const READ_ONLY = '","readOnly":true'
const WRITING = '","readOnly":false'

/** What is the same in all records of one operation, called by one caller from one place with one program. */
interface Frame {
  readonly eventSource: string
  readonly via: string | undefined
  readonly region: string
  readonly account: string
  readonly sourceIp: string
  readonly userAgent: string
  readonly tlsVersion: string | undefined
  readonly tlsCipher: string | undefined
  readonly host: string | undefined
  readonly endpoint: string | undefined
  /** Up to the time of the event. */
  readonly head: string
  /** From there to the parameters. */
  readonly middle: string
  /** What follows the resources. */
  readonly tail: string
}

/** A caller is one object for many requests. By operation, the newest first. */
const frames = new WeakMap<Caller, Map<string, Frame[]>>()
/** Frames that are kept of one operation and caller: a call from elsewhere makes the text anew, nothing worse. */
const MOST_FRAMES = 8

function frameOf(event: AuditEvent): Frame {
  const { call, eventName } = event
  let byName = frames.get(call.caller)
  if (byName === undefined) {
    byName = new Map()
    frames.set(call.caller, byName)
  }
  let known = byName.get(eventName)
  if (known === undefined) {
    known = []
    byName.set(eventName, known)
  }
  for (const frame of known) if (fits(frame, event)) return frame
  const frame = makeFrame(event)
  known.unshift(frame)
  if (known.length > MOST_FRAMES) known.pop()
  return frame
}

function fits(frame: Frame, { call, eventSource, region }: AuditEvent): boolean {
  return (
    frame.via === call.via &&
    frame.eventSource === eventSource &&
    frame.region === (region ?? call.region) &&
    frame.account === call.account &&
    frame.sourceIp === call.sourceIp &&
    frame.userAgent === call.userAgent &&
    frame.tlsVersion === call.tls?.version &&
    frame.tlsCipher === call.tls?.cipher &&
    frame.host === call.host &&
    frame.endpoint === call.endpoint?.id
  )
}

function makeFrame(event: AuditEvent): Frame {
  const { call, eventSource, eventName, region = call.region, dataEvent } = event
  const { caller, via, account, sourceIp, userAgent, tls, host, endpoint } = call
  const service = caller.kind === 'service'
  const asked = event.requestParameters !== null
  const agent = via ?? (service ? caller.arn : undefined)
  // A service that calls another one makes an API call; what happens by itself, with no request, is a service event.
  const calls = service && asked && caller.arn !== eventSource && caller.arn.endsWith('.amazonaws.com')
  const identity = JSON.stringify(calls ? SERVICE : identityOf(caller)).slice(0, -1)
  const invokedBy = agent === undefined ? '' : `,"invokedBy":${JSON.stringify(agent)}`
  const type = service && !calls ? 'AwsServiceEvent' : 'AwsApiCall'
  const category = dataEvent === true ? 'Data' : 'Management'
  const from = endpoint === undefined || agent !== undefined ? '' : `,"vpcEndpointId":${JSON.stringify(endpoint.id)}`
  const details = tls === undefined || agent !== undefined ? '' : tlsDetails(call, tls)
  return {
    eventSource,
    via,
    region,
    account,
    sourceIp,
    userAgent,
    tlsVersion: tls?.version,
    tlsCipher: tls?.cipher,
    host,
    endpoint: endpoint?.id,
    head: `${VERSION}${identity}${invokedBy}},"eventTime":"`,
    middle: `","eventSource":"${eventSource}","eventName":"${eventName}","awsRegion":${JSON.stringify(region)},"sourceIPAddress":${JSON.stringify(agent ?? sourceIp)},"userAgent":${JSON.stringify(agent ?? cut(scrubbed(userAgent), LIMITS.agent))}`,
    tail: `,"eventType":"${type}","managementEvent":${dataEvent !== true},"recipientAccountId":"${account}"${from},"eventCategory":"${category}"${details}}`,
  }
}

type Resources = NonNullable<AuditEvent['resources']>

/** The text of lists of one resource, by its ARN: those of keys, which come again and again. */
const resourceTexts = new Map<
  string,
  { readonly accountId: string; readonly type: string | undefined; readonly text: string }
>()

function resourcesOf(resources: Resources): string {
  const [only] = resources
  if (only === undefined || resources.length > 1) return sized(resources, LIMITS.elements)
  const known = resourceTexts.get(only.ARN)
  if (known !== undefined && known.accountId === only.accountId && known.type === only.type) return known.text
  const text = sized(resources, LIMITS.elements)
  if (resourceTexts.size >= 1000) resourceTexts.clear()
  resourceTexts.set(only.ARN, { accountId: only.accountId, type: only.type, text })
  return text
}

/**
 * The record as the journal takes it: `eventId time account region record`, one line. The four words before the record
 * become columns; the chain's hash covers the whole line.
 */
export function lineOf(event: AuditEvent, eventId: string): string {
  const { now, account, region } = event.call
  return `${eventId} ${now} ${word(account)} ${word(event.region ?? region)} ${recordOf(event, eventId)}`
}

/** Ids of the records of one event that several accounts are told of. */
export interface SharedIds {
  readonly caller: string
  /** Of the owners' copies, one for each. */
  readonly owners: readonly string[]
  /** In all records. */
  readonly shared: string
}

/**
 * The lines of an event on what other accounts own: the caller's record, and each owner's copy, which says of the caller only
 * which account it is of, and of the call no more than is about what the owner has. Source: surroundings.md 1.1, 1.2 (AWSAccount), trap 44.
 */
export function sharedLinesOf(event: AuditEvent, copies: readonly Copy[], ids: SharedIds): readonly string[] {
  const { call } = event
  const mine = parseLine(lineOf(event, ids.caller))
  const record = JSON.parse(mine.record) as Record<string, unknown>
  const { eventCategory, tlsDetails, ...rest } = record
  const tail = { sharedEventID: ids.shared, eventCategory, ...(tlsDetails === undefined ? {} : { tlsDetails }) }
  const userIdentity = { type: 'AWSAccount', principalId: call.caller.userId, accountId: call.caller.account }
  const lines = copies.map(({ owner, requestParameters, resources }, i) => {
    const eventId = ids.owners[i] as string
    const copy = {
      ...rest,
      ...(requestParameters !== undefined && { requestParameters: bounded(requestParameters) }),
      ...(resources !== undefined && { resources: bounded(resources) }),
      ...{ userIdentity, eventID: eventId, recipientAccountId: owner, ...tail },
    }
    return joinLine({ ...mine, eventId, account: word(owner), record: JSON.stringify(copy) })
  })
  return [joinLine({ ...mine, record: JSON.stringify({ ...rest, ...tail }) }), ...lines]
}

const bounded = (element: unknown): unknown => JSON.parse(sized(element, LIMITS.elements))

/** A line taken apart. `eventTime` is in milliseconds. */
export interface Line {
  readonly eventId: string
  readonly eventTime: number
  readonly account: string
  readonly region: string
  readonly record: string
}

/** Takes a line of `lineOf` apart. */
export function parseLine(line: string): Line {
  const time = line.indexOf(' ') + 1
  const account = line.indexOf(' ', time) + 1
  const region = line.indexOf(' ', account) + 1
  const record = line.indexOf(' ', region) + 1
  if (time === 0 || account === 0 || region === 0 || record === 0) throw new Error('not a line of the audit journal')
  return {
    eventId: line.slice(0, time - 1),
    eventTime: Number(line.slice(time, account - 1)),
    account: line.slice(account, region - 1),
    region: line.slice(region, record - 1),
    record: line.slice(record),
  }
}

/** Puts a line together again from its columns, to compute its hash. */
export function joinLine({ eventId, eventTime, account, region, record }: Line): string {
  return `${eventId} ${eventTime} ${account} ${region} ${record}`
}

/** Who calls another service, before `invokedBy`. Source: surroundings.md 1.2, and published records of AssumeRole by lambda.amazonaws.com. */
const SERVICE = { type: 'AWSService' }

/** Source: surroundings.md 1.2. */
function identityOf(caller: Caller): Record<string, unknown> {
  const { account: accountId, arn, userId: principalId, accessKeyId, userName } = caller
  switch (caller.kind) {
    case 'root':
      return { type: 'Root', principalId, arn, accountId, accessKeyId }
    case 'user':
      return { type: 'IAMUser', principalId, arn, accountId, accessKeyId, userName, ...sessionOf(caller) }
    case 'role':
      return { type: 'AssumedRole', principalId, arn, accountId, accessKeyId, ...sessionOf(caller) }
    case 'federated':
      return { type: 'FederatedUser', principalId, arn, accountId, accessKeyId, ...sessionOf(caller) }
    case 'web':
      // No account and no ARN: it is nobody here yet.
      return { type: 'WebIdentityUser', principalId, userName, identityProvider: caller.session?.provider }
    case 'service':
      // Service events carry no type: recorded from AWS (surroundings.md 1.4).
      return { accountId }
  }
}

/** The sessionContext of temporary credentials. Source: surroundings.md 1.2. */
function sessionOf({ session }: Caller): Record<string, unknown> {
  if (session === undefined) return {}
  const { issuer, issuedAt, provider, sourceIdentity } = session
  const web = provider === undefined ? {} : { webIdFederationData: { federatedProvider: provider, attributes: {} } }
  return {
    sessionContext: {
      ...(issuer.type === 'Role' || issuer.type === 'IAMUser' ? { sessionIssuer: issuer } : {}),
      ...web,
      attributes: { creationDate: instantOf(issuedAt), mfaAuthenticated: 'false' },
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    },
  }
}

const instantOf = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 19)}Z`

let second = -1
let shown = ''

/** `2026-01-02T03:04:05Z`. Many requests fall into one second, so its text is kept. */
function instant(timeMs: number): string {
  const now = Math.floor(timeMs / 1000)
  if (now !== second) {
    second = now
    shown = instantOf(now * 1000)
  }
  return shown
}

const words = new Set<string>()

/** Regions and accounts come checked; but a space or a line end in one would forge a line, so it is made sure here. */
function word(text: string): string {
  if (words.has(text)) return text
  if (!/^[A-Za-z0-9-]{1,64}$/.test(text)) return '-'
  if (words.size < 10_000) words.add(text)
  return text
}

function tlsDetails(call: Call, { version, cipher }: NonNullable<Call['tls']>): string {
  const host =
    call.host === undefined ? '' : `,"clientProvidedHostHeader":${JSON.stringify(cut(scrubbed(call.host), KIB))}`
  return `,"tlsDetails":{"tlsVersion":${JSON.stringify(version)},"cipherSuite":${JSON.stringify(cipher)}${host}}`
}
