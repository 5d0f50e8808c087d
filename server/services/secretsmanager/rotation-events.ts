import type { AuditEvent } from '#kernel/audit/event'
import type { Caller } from '#kernel/call'
import type { Secret } from './model/secret.ts'

/** What the trail is told of rotations. Source: surroundings.md 1.4; the last three are ours. */
export type RotationEventName =
  | 'RotationStarted'
  | 'RotationSucceeded'
  | 'RotationFailed'
  | 'RotationAbandoned'
  | 'TestRotationStarted'
  | 'TestRotationSucceeded'
  | 'TestRotationFailed'
  /** What was promised for a window has not come by its end: once for each window. */
  | 'RotationOverdue'
  /** After a test that failed, the old password was set again. */
  | 'RotationReturned'
  /** A due rotation waits for readers of the old version. */
  | 'RotationHeld'

/** What whoever runs the server is told of a failure besides its name, in the log. Nothing secret. */
export interface Failure {
  /** None: no step was begun. */
  readonly step?: string
  /** Which attempt it was, from 1. */
  readonly attempt?: number
  /** The failure as it is kept with the rotation. */
  readonly error: string
  /** When it is tried next, as in a record of the trail; none: not by itself. */
  readonly next?: string
}

/** Told of each event of a rotation after the commit. */
export type Told = (event: RotationEventName, secretArn: string, failure?: Failure) => void

/** A failure as it is told; `next` in milliseconds. */
export const failureTold = (
  {
    step,
    attempt,
    failure,
  }: { readonly step?: string; readonly attempt?: number; readonly failure?: string | undefined },
  next: number | undefined,
): Failure => ({
  ...(step !== undefined && { step }),
  ...(attempt !== undefined && { attempt }),
  error: failure ?? '',
  ...(next !== undefined && { next: new Date(next).toISOString() }),
})

const SERVICE = 'secretsmanager.amazonaws.com'

/** The service itself, or the one that keeps the secret, in the account whose trail is told. Source: rotation.md 11. */
const service = (account: string, name: string): Caller => ({
  kind: 'service',
  account,
  arn: name,
  principalArn: name,
  userId: '',
  accessKeyId: '',
  tags: new Map(),
  policies: [],
})

/** A service event about the rotation that fills the version `token`. Shape recorded: surroundings.md 1.4, rotation.md 3.2. */
export function rotationEvent(
  secret: Pick<Secret, 'account' | 'region' | 'arn' | 'owningService'>,
  eventName: RotationEventName,
  { token, now, errorMessage }: { readonly token: string; readonly now: number; readonly errorMessage?: string },
): AuditEvent {
  const { account, region, arn, owningService } = secret
  const by = owningService === undefined ? SERVICE : `${owningService}.amazonaws.com`
  return {
    call: {
      requestId: `Rotation-${arn}-${token}`,
      caller: service(account, by),
      account,
      region,
      now,
      sourceIp: by,
      userAgent: by,
      secure: true,
      events: [],
    },
    eventSource: SERVICE,
    eventName,
    readOnly: false,
    requestParameters: null,
    responseElements: null,
    additionalEventData: { SecretId: arn },
    ...(errorMessage !== undefined && { errorMessage }),
  }
}
