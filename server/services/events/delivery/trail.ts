import { hash } from 'node:crypto'
import type { StoredRecord } from '#kernel/audit/reader'
import type { BusEvent } from '../engine.ts'
import { type StandingRule, takesInState } from '../rules.ts'

/** What the trail's records are as events. Source: surroundings.md 4.1. */

const API_CALL = 'AWS API Call via CloudTrail'
const TYPES: ReadonlyMap<unknown, string> = new Map([
  ['AwsApiCall', API_CALL],
  ['AwsServiceEvent', 'AWS Service Event via CloudTrail'],
  ['AwsConsoleSignIn', 'AWS Console Sign In via CloudTrail'],
])

/**
 * Whether a rule may match the event of a record, by a look at its text: members that stand in it as quoted texts. What people write
 * stands behind them, with its quotes escaped.
 */
export function mayWant({ rule, pattern }: StandingRule, { record }: Pick<StoredRecord, 'record'>): boolean {
  const source = textIn(record, 'eventSource')
  const eventName = textIn(record, 'eventName')
  if (pattern === undefined || source === undefined || eventName === undefined) return pattern !== undefined
  const type = record.includes('"eventType":"AwsApiCall"') ? API_CALL : undefined
  if (type === API_CALL && !takesInState(rule, { 'detail-type': API_CALL, detail: { eventName } })) return false
  const types = type === undefined ? TYPES.values() : [type]
  return Iterator.from(types).some((each) => pattern.mayMatch(sourceOf(source), each))
}

function textIn(record: string, name: string): string | undefined {
  const head = `"${name}":"`
  const at = record.indexOf(head)
  if (at < 0) return undefined
  const from = at + head.length
  return record.slice(from, record.indexOf('"', from))
}

const sourceOf = (eventSource: string): string => `aws.${eventSource.replace(/\.amazonaws\.com$/, '')}`

/** A record as an event, and the access key of who made the call; undefined for what is none, such as data events. */
export function eventOfRecord({
  account,
  region,
  eventTime,
  record,
}: StoredRecord): { readonly event: BusEvent; readonly by: string } | undefined {
  const members = membersOf(record)
  const detailType = TYPES.get(members?.eventType)
  const { eventSource, eventID } = members ?? {}
  if (detailType === undefined || members?.managementEvent === false) return undefined
  if (typeof eventSource !== 'string' || typeof eventID !== 'string') return undefined
  const by = (members?.userIdentity as { readonly accessKeyId?: unknown } | null | undefined)?.accessKeyId
  return {
    by: typeof by === 'string' ? by : '',
    event: {
      id: idOf(account, eventID),
      detailType,
      source: sourceOf(eventSource),
      ...{ account, region, time: eventTime, resources: [], detail: record },
    },
  }
}

/** The members of a record; undefined for what is no JSON object. */
function membersOf(record: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(record)
    return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** The same for the same record, however often it is read: a UUID of its hash. */
function idOf(account: string, eventId: string): string {
  const digits = hash('sha256', `strongroom/event/${account}/${eventId}`, 'hex')
  const variant = '89ab'[Number.parseInt(digits[16] as string, 16) & 3]
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}
