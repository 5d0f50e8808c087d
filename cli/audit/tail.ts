import { setTimeout as delay } from 'node:timers/promises'
import type { AuditReader, Position, StoredRecord } from '@strongroom/server/audit'
import { plain } from '../style.ts'

/** Between two looks for new records, milliseconds. */
const PAUSE_MS = 300

/** Hands over what is written after `from`, until `pause` rejects or answers false (tests); a person interrupts. */
export async function follow(
  reader: Pick<AuditReader, 'after'>,
  from: Position,
  each: (record: StoredRecord) => void,
  pause: () => Promise<boolean> = () => delay(PAUSE_MS, true),
): Promise<void> {
  let position = from
  do {
    for (let more = true; more; ) {
      const found = await reader.after(position)
      position = found.position
      for (const record of found.records) each(record)
      more = found.records.length > 0
    }
  } while (await pause())
}

/** One record as a line: CloudTrail's JSON, or for people time, account, region, who, what, on what, and how it ended. */
export function shown({ record, account, region, eventId }: StoredRecord, json: boolean): string {
  if (json) return `${record}\n`
  let parsed: Shown
  try {
    parsed = JSON.parse(record) as Shown
  } catch {
    return `record of event ${plain(eventId)} is no JSON: strongroom audit verify tells more\n`
  }
  const { arn, invokedBy, principalId, accountId } = parsed.userIdentity ?? {}
  // Of callers of another account the trail has the account only; of web identities what their token says.
  const who = arn ?? invokedBy ?? principalId ?? accountId ?? 'unknown'
  const via = parsed.userIdentity?.invokedBy
  const words = [
    parsed.eventTime,
    account,
    region,
    `${String(parsed.eventSource).split('.')[0]}:${parsed.eventName}`,
    parsed.errorCode ?? parsed.errorMessage ?? 'ok',
    via === undefined || via === who ? who : `${who} via ${via}`,
    parsed.sourceIPAddress,
    parsed.requestParameters == null ? '' : JSON.stringify(parsed.requestParameters),
    // What a service did by itself has no request.
    parsed.requestParameters == null && parsed.additionalEventData != null
      ? JSON.stringify(parsed.additionalEventData)
      : '',
  ]
  return `${words
    .filter((word) => word !== '' && word !== undefined)
    .map((word) => plain(String(word)))
    .join('  ')}\n`
}

interface Shown {
  readonly eventTime?: string
  readonly eventSource?: string
  readonly eventName?: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly sourceIPAddress?: string
  readonly userIdentity?: {
    readonly arn?: string
    readonly invokedBy?: string
    readonly principalId?: string
    readonly accountId?: string
  }
  readonly requestParameters?: unknown
  readonly additionalEventData?: unknown
}
