import type { Call } from '#kernel/call'

/** What the trail of an account is told of somebody else's call. */
export interface Copy {
  readonly owner: string
  /** In the place of the event's, when only a part of the call was about what the account owns. */
  readonly requestParameters?: AuditEvent['requestParameters']
  readonly resources?: AuditEvent['resources']
}

/** What one call of one operation was and how it ended, before it becomes a CloudTrail record. Source: surroundings.md 1. */
export interface AuditEvent {
  readonly call: Call
  /** `secretsmanager.amazonaws.com` */
  readonly eventSource: string
  readonly eventName: string
  readonly readOnly: boolean
  /** Members with a lower-cased first letter; sensitive ones are not in it at all. */
  readonly requestParameters: Readonly<Record<string, unknown>> | null
  readonly responseElements: Readonly<Record<string, unknown>> | null
  readonly resources?: readonly { readonly accountId: string; readonly type?: string; readonly ARN: string }[]
  /**
   * The account that owns what was acted on, when it is another than the caller's and the call went well: its trail gets a
   * copy that names no more of the caller than that it was somebody of that account. Source: surroundings.md 1.1, trap 44.
   */
  readonly owner?: string
  /** The same where what was acted on belongs to several accounts: what of the call each of the others is told. */
  readonly copies?: readonly Copy[]
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly additionalEventData?: Readonly<Record<string, unknown>>
  /** What a service event says besides: of KMS the id of the key. Source: surroundings.md 1.3. */
  readonly serviceEventDetails?: Readonly<Record<string, unknown>>
  /** Where the event is told when not in the Region of the call: those of services without Regions. */
  readonly region?: string
  /** It is about what is in a resource and not about the resource: an invocation of a function. AWS's trails leave these out by default. */
  readonly dataEvent?: true
}
