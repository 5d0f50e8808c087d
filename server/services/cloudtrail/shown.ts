import type { StoredRecord } from '#kernel/audit/reader'

/**
 * A record as LookupEvents shows it: the record itself as a text, and beside it what can be looked up; `ReadOnly` is a text too.
 * Source: API_Event; surroundings.md 1.5, trap 4.
 */
export function shownEvent({ eventId, eventTime, record }: Pick<StoredRecord, 'eventId' | 'eventTime' | 'record'>) {
  const { eventName, readOnly, accessKeyId, eventSource, username, resources } = attributesOf(record)
  return {
    EventId: eventId,
    EventName: eventName,
    ReadOnly: String(readOnly),
    AccessKeyId: accessKeyId,
    EventTime: new Date(Math.floor(eventTime / 1000) * 1000),
    EventSource: eventSource,
    Username: username,
    Resources: resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    CloudTrailEvent: record,
  }
}

interface Identity {
  readonly userName?: string
  readonly accessKeyId?: string
  readonly principalId?: string
  readonly type?: string
}

interface Recorded {
  readonly eventName: string
  readonly eventSource: string
  readonly readOnly: boolean
  readonly userIdentity: Identity
  readonly resources?: readonly { readonly type?: string; readonly ARN: string }[]
  readonly additionalEventData?: { readonly SecretId?: string }
}

function attributesOf(text: string) {
  const record = JSON.parse(text) as Recorded
  const { userIdentity, eventName, eventSource, readOnly } = record
  const typed = (record.resources ?? []).flatMap(({ type, ARN }) => (type === undefined ? [] : [{ type, name: ARN }]))
  const secret = record.additionalEventData?.SecretId
  const session = userIdentity.type === 'AssumedRole' ? userIdentity.principalId?.split(':')[1] : undefined
  return {
    ...{ eventName, eventSource, readOnly },
    accessKeyId: userIdentity.accessKeyId,
    username: session ?? userIdentity.userName ?? (userIdentity.type === 'Root' ? 'root' : undefined),
    resources: secret === undefined ? typed : [...typed, { type: 'AWS::SecretsManager::Secret', name: secret }],
  }
}
