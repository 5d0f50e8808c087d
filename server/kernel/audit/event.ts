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
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly additionalEventData?: Readonly<Record<string, unknown>>
}
