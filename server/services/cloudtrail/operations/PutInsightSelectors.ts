import type { PutInsightSelectorsRequest, PutInsightSelectorsResponse } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { insightsOf } from '../insights.ts'
import { changedTrail, everything, trailTarget } from '../target.ts'

/** Insights are not looked for here: an empty list is all that a trail can have. Source: API_PutInsightSelectors. */
export const PutInsightSelectors = operation<PutInsightSelectorsRequest, PutInsightSelectorsResponse>()({
  name: 'PutInsightSelectors',
  effect: 'write',
  input: {
    TrailName: members.Text,
    InsightSelectors: required(members.InsightSelectors),
    EventDataStore: members.EventDataStore,
    InsightsDestination: members.EventDataStore,
  },
  errors: [
    'CloudTrailARNInvalidException',
    'InvalidHomeRegionException',
    'InvalidParameterCombinationException',
    'InvalidTrailNameException',
    'TrailNotFoundException',
    'UnsupportedOperationException',
  ],
  target: ({ TrailName }, _env, call) => (TrailName === undefined ? everything : trailTarget(TrailName, call)),
  async run(input, { trails }, call) {
    const trail = await changedTrail(insightsOf(input), trails, call)
    if (input.InsightSelectors.length > 0)
      throw new ApiError('UnsupportedOperationException', 'Insights are not offered by this server.')
    return { TrailARN: trail.arn, InsightSelectors: [] }
  },
})
