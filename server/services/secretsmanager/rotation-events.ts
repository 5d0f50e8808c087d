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

const SERVICE = 'secretsmanager.amazonaws.com'

/** The service itself, in the account whose trail is told. */
const service = (account: string): Caller => ({
  kind: 'service',
  account,
  arn: SERVICE,
  principalArn: SERVICE,
  userId: '',
  accessKeyId: '',
  tags: new Map(),
  policies: [],
})

/** A service event about the rotation that fills the version `token`. Shape recorded: surroundings.md 1.4, rotation.md 3.2. */
export function rotationEvent(
  { account, region, arn }: Pick<Secret, 'account' | 'region' | 'arn'>,
  eventName: RotationEventName,
  { token, now, errorMessage }: { readonly token: string; readonly now: number; readonly errorMessage?: string },
): AuditEvent {
  return {
    call: {
      requestId: `Rotation-${arn}-${token}`,
      caller: service(account),
      account,
      region,
      now,
      sourceIp: SERVICE,
      userAgent: SERVICE,
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
