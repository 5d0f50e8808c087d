import type { GetInsightSelectorsRequest, GetInsightSelectorsResponse } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { insightsOf } from '../insights.ts'
import { everything, readTrail, trailTarget } from '../target.ts'

/** Which insights a trail looks for: none do here, and that is what AWS says of such trails. Source: API_GetInsightSelectors. */
export const GetInsightSelectors = operation<GetInsightSelectorsRequest, GetInsightSelectorsResponse>()({
  name: 'GetInsightSelectors',
  effect: 'read',
  input: { TrailName: members.Text, EventDataStore: members.EventDataStore },
  errors: [
    'CloudTrailARNInvalidException',
    'InsightNotEnabledException',
    'InvalidParameterCombinationException',
    'InvalidTrailNameException',
    'TrailNotFoundException',
    'UnsupportedOperationException',
  ],
  target: ({ TrailName }, _env, call) => (TrailName === undefined ? everything : trailTarget(TrailName, call)),
  async run(input, { trails }, call) {
    const trail = await readTrail(insightsOf(input), trails, call)
    // Text as clients report it.
    throw new ApiError(
      'InsightNotEnabledException',
      `Trail ${trail.name} does not have Insights enabled. Edit the trail settings to enable Insights, and then try the operation again.`,
    )
  },
})
