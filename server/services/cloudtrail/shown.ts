import { attributesOf } from '#kernel/audit/attributes'
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
    // Recorded: those of Parameter Store, which have no type, are not among them.
    Resources: resources
      .filter(({ type }) => type !== '')
      .map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    CloudTrailEvent: record,
  }
}
