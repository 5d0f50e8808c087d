import type { AuditEvent } from '#kernel/audit/event'
import { eventIds } from '#kernel/audit/event-id'
import { outboxOf } from '#kernel/audit/outbox'
import { lineOf } from '#kernel/audit/record'
import type { Call } from '#kernel/call'
import { systemRandom } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'

/** What is done by whoever runs the server, beside it: no request, no principal of the account. */
export function callBeside({ account, region }: Pick<Call, 'account' | 'region'>, now: number): Call {
  return {
    requestId: systemRandom.uuid(),
    caller: {
      kind: 'service',
      account,
      arn: 'strongroom',
      principalArn: 'strongroom',
      userId: account,
      accessKeyId: '',
      tags: new Map(),
      policies: [],
    },
    account,
    region,
    now,
    sourceIp: '',
    userAgent: 'strongroom',
    secure: false,
    events: [],
  }
}

/** Leaves records in the outbox, in the unit of the change: of no writer that lives, so a running server takes them, or the next one. */
export async function record(storage: Storage, unit: Unit, events: readonly AuditEvent[]): Promise<void> {
  const nextId = eventIds(systemRandom)
  for (const event of events) {
    const { now } = event.call
    await outboxOf(storage).put(unit, nextId(now), systemRandom.uuid(), now, lineOf(event, nextId(now)))
  }
}
