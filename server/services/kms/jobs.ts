import type { Events } from '#kernel/events/event'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Unit } from '#kernel/storage/storage'
import { deleted } from './model/events.ts'
import type { Key } from './model/key.ts'
import { DAY_MS } from './model/rotation.ts'
import { cancelRotation } from './rotation.ts'
import { keyEvent, type RecordEvents } from './service-events.ts'
import type { KeyStore, Place } from './store.ts'

/** What KMS does later: destroys keys whose waiting time is over. */

const KIND = 'kms/delete-key'

interface Payload extends Place {
  readonly id: string
}

/** Puts down the end of a key. */
export function scheduleDeletion(
  jobs: Jobs,
  unit: Unit,
  { account, region, id, arn }: Key,
  dueAt: number,
): Promise<void> {
  const payload: Payload = { account, region, id }
  return jobs.schedule(unit, { kind: KIND, key: arn, dueAt, payload })
}

export function cancelDeletion(jobs: Jobs, unit: Unit, { arn }: Key): Promise<void> {
  return jobs.cancel(unit, KIND, arn)
}

/** Destroys a key at its deletion date, when it is still pending then; with the last replica gone its primary's time begins. */
export function deletion(
  jobs: Jobs,
  keysIn: (unit: Unit) => KeyStore,
  events?: Events,
  record?: RecordEvents,
): JobHandler {
  return {
    kind: KIND,
    async run(unit, payload, now) {
      const { account, region, id } = payload as Payload
      const keys = keysIn(unit)
      const there = await keys.key({ account, region }, id)
      if (there === undefined) return
      const key = await keys.lock(there)
      if (key.state !== 'PendingDeletion' || key.deletionAt === undefined || key.deletionAt > now) return
      const related = await keys.related(key)
      await keys.destroy(key)
      await events?.emit(unit, deleted(key), now)
      await record?.(unit, [keyEvent(key, 'DeleteKey', now)])
      await cancelRotation(key, { jobs, unit })
      // A primary waits for its replicas; the last that goes begins its time.
      const [primary, ...others] = related.filter(({ region }) => region !== key.region)
      if (primary?.state !== 'PendingReplicaDeletion' || others.length > 0) return
      const deletionAt = now + (primary.waitingDays ?? 0) * DAY_MS
      await keys.change(primary, { state: 'PendingDeletion', deletionAt, waitingDays: undefined })
      await scheduleDeletion(jobs, unit, primary, deletionAt)
    },
  }
}
