import type { Unit } from '#kernel/storage/storage'

/** What other services ask of EventBridge. */

/** Something for an API destination. */
export interface ForDestination {
  /** Of the API destination. */
  readonly arn: string
  /** Of who sends it, and where: the destination must be the same account's. */
  readonly account: string
  readonly region: string
  /** JSON text: the body of the request. */
  readonly payload: string
  /** What sends it: it is kept with what could not be delivered. */
  readonly source: { readonly arn: string }
  /** What it is, for people: `CloudWatch Alarm State Change`. */
  readonly type: string
}

/**
 * Puts something down for an API destination, in the unit of what it tells of; it is sent when that is committed, tried again, and kept
 * when it can't be delivered, as what rules send. `missing`: there is no such destination in that account.
 */
export type SendTo = (unit: Unit, what: ForDestination, now: number) => Promise<'queued' | 'missing'>
