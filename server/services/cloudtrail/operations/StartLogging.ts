import type { StartLoggingRequest, StartLoggingResponse } from '@aws-sdk/client-cloudtrail'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { changedTrail, trailTarget } from '../target.ts'

/** Begins to deliver the records of a trail; one that logs already goes on as it was. Source: API_StartLogging. */
export const StartLogging = operation<StartLoggingRequest, StartLoggingResponse>()({
  name: 'StartLogging',
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
    if (trail.logging === true) return {}
    const changed = { ...trail, logging: true, startedAt: call.now }
    await trails.save(changed)
    await delivery.changed(unit, changed, 'started', call.now)
    return {}
  },
})
