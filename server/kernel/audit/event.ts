import type { Call } from '#kernel/call'

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
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly additionalEventData?: Readonly<Record<string, unknown>>
}
