import type { UpdateTrailRequest, UpdateTrailResponse } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { shownTrail } from '../model/trail.ts'
import { operation } from '../operation.ts'
import { recordedTrail } from '../recorded.ts'
import { namesake, SETTINGS_REFUSALS, withSettings } from '../settings.ts'
import { changedTrail, passedRole, trailTarget } from '../target.ts'

type Updated = Answer<UpdateTrailResponse, 'Name' | 'TrailARN' | 'S3BucketName'>

/** Changes where a trail delivers and what; what is not said stays, an empty text takes it away. Source: API_UpdateTrail. */
export const UpdateTrail = operation<UpdateTrailRequest, Updated>()({
  name: 'UpdateTrail',
  effect: 'write',
  input: {
    Name: required(members.Text),
    S3BucketName: members.Text,
    ...members.TrailSettings,
  },
  errors: [
    'CloudTrailARNInvalidException',
    'ConflictException',
    ...SETTINGS_REFUSALS,
    'InvalidHomeRegionException',
    'TrailNotFoundException',
  ],
  audit: { response: recordedTrail },
  target: ({ Name, CloudWatchLogsRoleArn }, _env, call) => [
    trailTarget(Name, call),
    ...passedRole(CloudWatchLogsRoleArn),
  ],
  async run({ Name, ...asked }, env, call) {
    const trail = await withSettings(await changedTrail(Name, env.trails, call), asked, env, call)
    // Assumed: which error AWS has for a trail that would be seen where another one of its name is.
    const other = await namesake(trail, env)
    if (other !== undefined)
      throw new ApiError(
        'InvalidParameterCombinationException',
        `Trail ${trail.name} cannot apply to all regions: there is ${other.arn}.`,
      )
    await env.trails.save(trail)
    await env.delivery.changed(env.unit, trail, 'updated', call.now)
    return shownTrail(trail)
  },
})
