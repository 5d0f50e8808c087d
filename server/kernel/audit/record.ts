import type { AuditEvent } from '#kernel/audit/event'
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
  const { caller, via } = call
  const service = caller.kind === 'service'
  const agent = via ?? (service ? caller.arn : undefined)
  let out = `${VERSION + identityOf(caller)}${agent === undefined ? '' : `,"invokedBy":${JSON.stringify(agent)}`}},"eventTime":"${instant(call.now)}","eventSource":"${event.eventSource}","eventName":"${event.eventName}","awsRegion":${JSON.stringify(call.region)},"sourceIPAddress":${JSON.stringify(agent ?? call.sourceIp)},"userAgent":${JSON.stringify(agent ?? cut(call.userAgent, LIMITS.agent))}`
  if (event.errorCode !== undefined) out += `,"errorCode":${JSON.stringify(cut(event.errorCode, LIMITS.error))}`
  if (event.errorMessage !== undefined && event.errorMessage !== '') {
    out += `,"errorMessage":${JSON.stringify(cut(event.errorMessage, LIMITS.error))}`
  }
  out += `,"requestParameters":${sized(event.requestParameters, LIMITS.elements)},"responseElements":${sized(event.responseElements, LIMITS.elements)}`
  if (event.additionalEventData !== undefined) {
    out += `,"additionalEventData":${sized(event.additionalEventData, LIMITS.additional)}`
  }
  out += `,"requestID":${JSON.stringify(call.requestId)},"eventID":"${eventId}","readOnly":${event.readOnly}`
  if (event.resources !== undefined) out += `,"resources":${sized(event.resources, LIMITS.elements)}`
  out += service ? ',"eventType":"AwsServiceEvent"' : ',"eventType":"AwsApiCall"'
  out += `,"managementEvent":true,"recipientAccountId":"${call.account}","eventCategory":"Management"`
  if (call.tls !== undefined && agent === undefined) out += tlsDetails(call, call.tls)
  return `${out}}`
}

/**
 * The record as the journal takes it: `eventId time account region record`, one line. The four words before the record
 * become columns; the chain's hash covers the whole line.
 */
export function lineOf(event: AuditEvent, eventId: string): string {
  const { now, account, region } = event.call
  return `${eventId} ${now} ${word(account)} ${word(region)} ${recordOf(event, eventId)}`
}

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

/** A caller is one object for many requests, so its part of the record (all but the closing brace) is made once. */
const identities = new WeakMap<Caller, string>()

function identityOf(caller: Caller): string {
  let text = identities.get(caller)
  if (text === undefined) {
    text = JSON.stringify(identity(caller)).slice(0, -1)
    identities.set(caller, text)
  }
  return text
}

/** Source: surroundings.md 1.2. */
function identity(caller: Caller): Record<string, unknown> {
  const { account: accountId, arn, userId: principalId, accessKeyId, userName } = caller
  switch (caller.kind) {
    case 'root':
      return { type: 'Root', principalId, arn, accountId, accessKeyId }
    case 'user':
      return { type: 'IAMUser', principalId, arn, accountId, accessKeyId, userName }
    case 'role': {
      const issuer = {
        type: 'Role',
        principalId: principalId.split(':')[0],
        arn: caller.principalArn,
        accountId,
        userName: caller.principalArn.slice(caller.principalArn.lastIndexOf('/') + 1),
      }
      const sessionContext = { sessionIssuer: issuer, attributes: { mfaAuthenticated: 'false' } }
      return { type: 'AssumedRole', principalId, arn, accountId, accessKeyId, sessionContext }
    }
    case 'federated':
      return { type: 'FederatedUser', principalId, arn, accountId, accessKeyId }
    case 'service':
      // Service events carry no type: recorded from AWS (surroundings.md 1.4).
      return { accountId }
  }
}

let second = -1
let shown = ''

/** `2026-01-02T03:04:05Z`. Many requests fall into one second, so its text is kept. */
function instant(timeMs: number): string {
  const now = Math.floor(timeMs / 1000)
  if (now !== second) {
    second = now
    shown = `${new Date(now * 1000).toISOString().slice(0, 19)}Z`
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
  const host = call.host === undefined ? '' : `,"clientProvidedHostHeader":${JSON.stringify(cut(call.host, KIB))}`
  return `,"tlsDetails":{"tlsVersion":${JSON.stringify(version)},"cipherSuite":${JSON.stringify(cipher)}${host}}`
}
