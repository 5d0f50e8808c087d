import type { GetKeyRotationStatusRequest, GetKeyRotationStatusResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, present } from '../locate.ts'
import { KeyId } from '../model/members.ts'
import { requireRotatable, rotationOf } from '../model/rotation.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Status = Answer<GetKeyRotationStatusResponse, 'KeyId' | 'KeyRotationEnabled'>

/**
 * Whether and when a key rotates by itself; a replica as its primary does. A key pending deletion does not, and does again
 * when the deletion is cancelled. Source: API_GetKeyRotationStatus, kms.md 6, 7.
 */
export const GetKeyRotationStatus = operation<GetKeyRotationStatusRequest, Status>()({
  name: 'GetKeyRotationStatus',
  effect: 'read',
  input: { KeyId: required(KeyId) },
  errors: [
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, { aliases: false, foreign: true })
    return keyTarget(found.located)
  },
  async run(_, { found }, call) {
    const key = present(kept(found.located))
    requireState(key, 'rotation status', call.now)
    requireRotatable(key)
    const pending = key.state === 'PendingDeletion' || key.state === 'PendingReplicaDeletion'
    const rotation = pending ? undefined : rotationOf(key)
    if (rotation === undefined) return { KeyId: key.arn, KeyRotationEnabled: false }
    const { days: RotationPeriodInDays, nextAt } = rotation
    return { KeyId: key.arn, KeyRotationEnabled: true, RotationPeriodInDays, NextRotationDate: new Date(nextAt) }
  },
})
