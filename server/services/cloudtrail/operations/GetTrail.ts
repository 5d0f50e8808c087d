import type { GetTrailRequest, GetTrailResponse } from '@aws-sdk/client-cloudtrail'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { listedTrail } from '../model/trail.ts'
import { operation } from '../operation.ts'
import { readTrail, trailTarget } from '../target.ts'

/** The settings of one trail. Source: API_GetTrail. */
export const GetTrail = operation<GetTrailRequest, Answer<GetTrailResponse, 'Trail'>>()({
  name: 'GetTrail',
  effect: 'read',
  input: { Name: required(members.Text) },
  errors: ['CloudTrailARNInvalidException', 'InvalidTrailNameException', 'TrailNotFoundException'],
  target: ({ Name }, _env, call) => trailTarget(Name, call),
  run: async ({ Name }, { trails }, call) => ({ Trail: listedTrail(await readTrail(Name, trails, call)) }),
})
