import type { Call } from '#kernel/call'

/** Who made a change, and by which request: the words of CloudTrail's records. */
export interface Author {
  /** ARN of the user, the root user, or the session; the principal of a service for what it does by itself. */
  readonly principalArn: string
  /** The unique id, `AIDA…`, `AROA…:session`; empty for services. */
  readonly principalId: string
  /** Of a session: the role or user behind it. */
  readonly issuerArn?: string | undefined
  readonly sourceIp: string
  /** Empty for what no request asked for. */
  readonly requestId: string
  /** AWS's name of the operation, or of the event. */
  readonly eventName: string
  /** The service that called in the principal's name. */
  readonly invokedBy?: string | undefined
  /** When, milliseconds; undefined: by the times of the changes themselves. */
  readonly now?: number | undefined
}

/** The author of what a call changes. */
export function authorOf({ caller, sourceIp, requestId, operation = '', via, now }: Call): Author {
  return {
    principalArn: caller.arn,
    principalId: caller.userId,
    issuerArn: caller.session?.issuer.arn,
    // A service that calls in somebody's name is where the call comes from. Source: surroundings.md 1.2.
    sourceIp: via ?? sourceIp,
    requestId,
    eventName: operation,
    invokedBy: via,
    now,
  }
}

const SERVICE = 'secretsmanager.amazonaws.com'

/** The service itself, which nobody has asked. `eventName`: as the trail calls what it does. */
export const byItself = (eventName: string, now?: number): Author => ({
  principalArn: SERVICE,
  principalId: '',
  sourceIp: SERVICE,
  requestId: '',
  eventName,
  now,
})
