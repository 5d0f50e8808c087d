import type { GetEventSelectorsRequest, GetEventSelectorsResponse } from '@aws-sdk/client-cloudtrail'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { selectionOf } from '../recorded.ts'
import { readTrail, trailTarget } from '../target.ts'

/** Which records a trail takes. Source: API_GetEventSelectors. */
export const GetEventSelectors = operation<GetEventSelectorsRequest, Answer<GetEventSelectorsResponse, 'TrailARN'>>()({
  name: 'GetEventSelectors',
  effect: 'read',
  input: { TrailName: required(members.Text) },
  errors: ['CloudTrailARNInvalidException', 'InvalidTrailNameException', 'TrailNotFoundException'],
  target: ({ TrailName }, _env, call) => trailTarget(TrailName, call),
  run: async ({ TrailName }, { trails }, call) => selectionOf(await readTrail(TrailName, trails, call)),
})
