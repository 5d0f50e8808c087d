import type { GetKeyLastUsageRequest, GetKeyLastUsageResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId } from '../model/members.ts'
import { kept, operation } from '../operation.ts'

type Usage = Answer<GetKeyLastUsageResponse, 'KeyId' | 'KeyLastUsage' | 'TrackingStartDate' | 'KeyCreationDate'>

/**
 * When a key was last used with success, to the minute, by services too. A key that was not used since uses are written down
 * has an empty answer. Source: API_GetKeyLastUsage, kms.md 16.4.
 */
export const GetKeyLastUsage = operation<GetKeyLastUsageRequest, Usage>()({
  name: 'GetKeyLastUsage',
  effect: 'read',
  input: { KeyId: required(KeyId) },
  errors: ['InvalidArnException', 'KMSInternalException', 'NotFoundException'],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run(_, { found, uses, unit, keys }) {
    const key = present(kept(found.located))
    const use = await uses.of(key, unit)
    return {
      KeyId: key.arn,
      KeyLastUsage:
        use === undefined ? {} : { Operation: use.operation, Timestamp: new Date(use.at), KmsRequestId: use.requestId },
      TrackingStartDate: new Date(Math.max(key.createdAt, await keys.trackedSince())),
      KeyCreationDate: new Date(key.createdAt),
    }
  },
})
