import type { StopLoggingRequest, StopLoggingResponse } from '@aws-sdk/client-cloudtrail'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { changedTrail, trailTarget } from '../target.ts'

/** Delivers no more records of a trail, but those that were made until now. Source: API_StopLogging. */
export const StopLogging = operation<StopLoggingRequest, StopLoggingResponse>()({
  name: 'StopLogging',
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
    if (trail.logging === false) return {}
    const changed = { ...trail, logging: false, stoppedAt: call.now }
    await trails.save(changed)
    await delivery.changed(unit, changed, 'stopped', call.now)
    return {}
  },
})
