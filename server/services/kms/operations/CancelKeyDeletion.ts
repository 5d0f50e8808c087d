import type { CancelKeyDeletionRequest, CancelKeyDeletionResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { cancelDeletion } from '../jobs.ts'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { keyResource } from '../model/cryptography.ts'
import { KeyId } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Cancelled = Answer<CancelKeyDeletionResponse, 'KeyId'>

/** Takes back a deletion. The key stays disabled until somebody enables it. Source: API_CancelKeyDeletion, kms.md 3.4. */
export const CancelKeyDeletion = operation<CancelKeyDeletionRequest, Cancelled>()({
  name: 'CancelKeyDeletion',
  effect: 'write',
  input: { KeyId: required(KeyId) },
  errors: ['InvalidArnException', 'KMSInternalException', 'KMSInvalidStateException', 'NotFoundException'],
  audit: {
    response: ({ KeyId }) => ({ keyId: KeyId }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run(_, { keys, jobs, unit, found }, call) {
    const key = await keys.lock(present(kept(found.located)))
    requireState(key, 'cancel', call.now)
    // Assumed: a key that lost its imported material meanwhile waits for it, rather than being enabled without any.
    const state = key.origin === 'EXTERNAL' && key.imported === undefined ? 'PendingImport' : 'Disabled'
    await keys.change(key, { state, deletionAt: undefined, waitingDays: undefined })
    await cancelDeletion(jobs, unit, key)
    return { KeyId: key.arn }
  },
})
