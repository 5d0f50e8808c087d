import type { ListPublicKeysRequest, ListPublicKeysResponse } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

type Listed = Answer<ListPublicKeysResponse, 'PublicKeyList'>

/**
 * The keys that digest files of this Region were signed with in a span of time; without one the key of now. Source:
 * API_ListPublicKeys.
 */
export const ListPublicKeys = operation<ListPublicKeysRequest, Listed>()({
  name: 'ListPublicKeys',
  effect: 'read',
  input: { StartTime: members.Moment, EndTime: members.Moment, NextToken: members.NextToken },
  errors: ['InvalidTimeRangeException', 'InvalidTokenException'],
  target: () => everything,
  async run({ StartTime, EndTime, NextToken }, { unit, delivery }, { account, region, now }) {
    // We gave nobody one: there are few keys.
    if (NextToken !== undefined) throw new ApiError('InvalidTokenException', 'The NextToken is not valid.')
    const from = StartTime?.getTime() ?? EndTime?.getTime() ?? now
    const to = EndTime?.getTime() ?? Math.max(from, now)
    if (from > to) throw new ApiError('InvalidTimeRangeException', 'The start time must not be after the end time.')
    const keys = await delivery.keys(unit, account, region, from, to)
    return {
      PublicKeyList: keys.map(({ value, fingerprint, from, to }) => ({
        Value: value,
        ValidityStartTime: new Date(from),
        ValidityEndTime: new Date(to),
        Fingerprint: fingerprint,
      })),
    }
  },
})
