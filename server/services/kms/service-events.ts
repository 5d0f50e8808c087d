import type { AuditEvent } from '#kernel/audit/event'
import type { Unit } from '#kernel/storage/storage'
import type { Key } from './model/key.ts'

/** Writes events into the trail in the unit of what they tell: the trail's `recordIn`. */
export type RecordEvents = (unit: Unit, events: readonly AuditEvent[]) => Promise<void>

/** Who does what KMS does by itself. Source: AWS KMS Developer Guide, log entries of RotateKey and DeleteKey. */
const INTERNAL = 'AWS Internal'

/**
 * What the trail is told of what KMS does to a key by itself. Source: surroundings.md 1.3; KMS Developer Guide, log entries of RotateKey, DeleteKey
 * and DeleteExpiredKeyMaterial.
 */
export function keyEvent(
  { account, region, id, arn }: Pick<Key, 'account' | 'region' | 'id' | 'arn'>,
  eventName: 'RotateKey' | 'DeleteKey' | 'DeleteExpiredKeyMaterial',
  now: number,
  details: Readonly<Record<string, string>> = {},
): AuditEvent {
  return {
    call: {
      requestId: `${eventName}-${arn}-${now}`,
      caller: {
        ...{ kind: 'service', account, arn: INTERNAL, principalArn: INTERNAL, userId: '', accessKeyId: '' },
        tags: new Map(),
        policies: [],
      },
      ...{ account, region, now, sourceIp: INTERNAL, userAgent: INTERNAL, secure: true, events: [] },
    },
    eventSource: 'kms.amazonaws.com',
    eventName,
    readOnly: false,
    requestParameters: null,
    responseElements: null,
    resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: arn }],
    serviceEventDetails: { ...details, keyId: id },
  }
}
