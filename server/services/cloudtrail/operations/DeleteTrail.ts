import type { DeleteTrailRequest, DeleteTrailResponse } from '@aws-sdk/client-cloudtrail'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { changedTrail, trailTarget } from '../target.ts'

/** Takes a trail away; what it has delivered stays. Source: API_DeleteTrail. */
export const DeleteTrail = operation<DeleteTrailRequest, DeleteTrailResponse>()({
  name: 'DeleteTrail',
  effect: 'write',
  input: { Name: required(members.Text) },
  errors: [
    'CloudTrailARNInvalidException',
    'InvalidHomeRegionException',
    'InvalidTrailNameException',
    'TrailNotFoundException',
  ],
  target: ({ Name }, _env, call) => trailTarget(Name, call),
  async run({ Name }, { unit, trails, delivery }, call) {
    const trail = await changedTrail(Name, trails, call)
    await delivery.changed(unit, trail, 'deleted', call.now)
    await trails.remove(trail)
    return {}
  },
})
