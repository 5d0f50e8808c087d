import type { NewEvent } from './group.ts'
import { invalidParameter } from './refusals.ts'

/** What an event counts for besides its message, bytes. Source: API_PutLogEvents. */
const EVENT_BYTES = 26
const BATCH_BYTES = 1_048_576
const DAY_MS = 86_400_000
/** Events may be so far ahead, and so old. Source: API_PutLogEvents. */
const AHEAD_MS = 2 * 3_600_000
const OLDEST_MS = 14 * DAY_MS

export interface Rejected {
  /** Index of the first one that is too far ahead. */
  readonly tooNewLogEventStartIndex?: number
  /** Index behind the last one that is too old, or older than the group's retention. */
  readonly tooOldLogEventEndIndex?: number
  readonly expiredLogEventEndIndex?: number
}

/** What of a batch is taken. */
export interface Batch {
  readonly events: readonly NewEvent[]
  readonly rejected: Rejected | undefined
}

/** Bytes that an event counts for. */
export const bytesOf = ({ message }: NewEvent): number => Buffer.byteLength(message) + EVENT_BYTES

/**
 * The events of a PutLogEvents that are taken; throws when all of them are refused. Those at the wrong time are left out, and the
 * answer says which. Source: API_PutLogEvents; surroundings.md 3.
 */
export function batchOf(given: readonly NewEvent[], retentionDays: number | undefined, now: number): Batch {
  let bytes = 0
  let last = 0
  for (const event of given) {
    bytes += bytesOf(event)
    if (event.time < last)
      throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.')
    last = event.time
  }
  if (bytes > BATCH_BYTES) throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${BATCH_BYTES}`)
  const first = given[0]?.time ?? 0
  if (last - first > DAY_MS)
    throw invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.')
  const expires = retentionDays === undefined ? 0 : now - retentionDays * DAY_MS
  const tooOld = given.findLastIndex(({ time }) => time < now - OLDEST_MS)
  const expired = given.findLastIndex(({ time }) => time < expires)
  const tooNew = given.findIndex(({ time }) => time > now + AHEAD_MS)
  const events = given.slice(Math.max(tooOld, expired) + 1, tooNew < 0 ? undefined : tooNew)
  const rejected: Rejected = {
    ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld < 0 ? {} : { tooOldLogEventEndIndex: tooOld + 1 }),
    ...(expired < 0 ? {} : { expiredLogEventEndIndex: expired + 1 }),
  }
  return { events, rejected: Object.keys(rejected).length === 0 ? undefined : rejected }
}
