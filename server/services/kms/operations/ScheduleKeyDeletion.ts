import type { ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { scheduleDeletion } from '../jobs.ts'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { keyResource } from '../model/cryptography.ts'
import { KeyId, PendingWindowInDays } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'
import { shownKeyMoment } from '#kernel/audit/moment'
import { unused } from '../unused.ts'

type Scheduled = Answer<ScheduleKeyDeletionResponse, 'KeyId' | 'KeyState' | 'PendingWindowInDays'>

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 30
const LEAST_DAYS = 7
const MOST_DAYS = 30

/** Stops a key at once and destroys it after a waiting time of 7 to 30 days. Source: API_ScheduleKeyDeletion, kms.md 3.4. */
export const ScheduleKeyDeletion = operation<ScheduleKeyDeletionRequest, Scheduled>()({
  name: 'ScheduleKeyDeletion',
  effect: 'write',
  input: { KeyId: required(KeyId), PendingWindowInDays },
  errors: ['InvalidArnException', 'KMSInternalException', 'KMSInvalidStateException', 'NotFoundException'],
  audit: {
    response: ({ KeyId, DeletionDate, KeyState, PendingWindowInDays }) => ({
      keyId: KeyId,
      deletionDate: DeletionDate && shownKeyMoment(DeletionDate),
      keyState: KeyState,
      pendingWindowInDays: PendingWindowInDays,
    }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  async target({ KeyId, PendingWindowInDays = DEFAULT_DAYS }, env, call) {
    // The model allows 1 to 365. Text assumed.
    if (PendingWindowInDays < LEAST_DAYS || PendingWindowInDays > MOST_DAYS)
      throw new ApiError(
        'ValidationException',
        `PendingWindowInDays must be between ${LEAST_DAYS} and ${MOST_DAYS} days.`,
      )
    env.found.located = await locate(KeyId, env.keys, call, OWN_KEY)
    const more = {
      ...(await unused(env.found.located, env, call)),
      'kms:ScheduleKeyDeletionPendingWindowInDays': String(PendingWindowInDays),
    }
    return keyTarget(env.found.located, { more })
  },
  async run({ PendingWindowInDays = DEFAULT_DAYS }, { keys, jobs, unit, found }, call) {
    const key = await keys.lock(present(kept(found.located)))
    requireState(key, 'schedule', call.now)
    // A primary is deleted after its replicas: its time begins when the last is gone. Source: kms.md 3.4, 7.
    if (key.multiRegion?.type === 'PRIMARY' && (await keys.related(key)).length > 1) {
      await keys.change(key, { state: 'PendingReplicaDeletion', waitingDays: PendingWindowInDays })
      return { KeyId: key.arn, KeyState: 'PendingReplicaDeletion', PendingWindowInDays }
    }
    const deletionAt = call.now + PendingWindowInDays * DAY_MS
    await keys.change(key, { state: 'PendingDeletion', deletionAt })
    await scheduleDeletion(jobs, unit, key, deletionAt)
    return { KeyId: key.arn, DeletionDate: new Date(deletionAt), KeyState: 'PendingDeletion', PendingWindowInDays }
  },
})
