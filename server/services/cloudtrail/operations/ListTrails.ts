import type { ListTrailsRequest, ListTrailsResponse } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

type Listed = Answer<ListTrailsResponse, 'Trails'>

/** All trails of the account, whatever their home, on one page: there are few. Source: API_ListTrails. */
export const ListTrails = operation<ListTrailsRequest, Listed>()({
  name: 'ListTrails',
  effect: 'read',
  input: { NextToken: members.NextToken },
  errors: [],
  target: () => everything,
  async run({ NextToken }, { trails }, call) {
    // We gave nobody one.
    if (NextToken !== undefined) throw new ApiError('ValidationException', 'The NextToken is not valid.')
    const found = await trails.of(call.account)
    return { Trails: found.map(({ arn, name, region }) => ({ TrailARN: arn, Name: name, HomeRegion: region })) }
  },
})
