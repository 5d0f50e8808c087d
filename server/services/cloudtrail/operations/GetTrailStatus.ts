import type { GetTrailStatusRequest, GetTrailStatusResponse } from '@aws-sdk/client-cloudtrail'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { readTrail, trailTarget } from '../target.ts'

type Told = Answer<GetTrailStatusResponse, 'IsLogging'>

const moment = (timeMs: number | undefined) => (timeMs === undefined ? undefined : new Date(timeMs))
/** The same as the text of older answers; the empty one when it never was. */
const text = (timeMs: number | undefined) =>
  timeMs === undefined ? '' : `${new Date(timeMs).toISOString().slice(0, 19)}Z`

/** Whether a trail logs, since when, and how its last deliveries went. Source: API_GetTrailStatus and its sample. */
export const GetTrailStatus = operation<GetTrailStatusRequest, Told>()({
  name: 'GetTrailStatus',
  effect: 'read',
  input: { Name: required(members.Text) },
  errors: ['CloudTrailARNInvalidException', 'InvalidTrailNameException', 'TrailNotFoundException'],
  target: ({ Name }, _env, call) => trailTarget(Name, call),
  async run({ Name }, { trails }, call) {
    const trail = await readTrail(Name, trails, call)
    const status = await trails.status(trail)
    return {
      IsLogging: trail.logging,
      LatestDeliveryTime: moment(status.deliveryAt),
      LatestDeliveryError: status.deliveryError,
      StartLoggingTime: moment(trail.startedAt),
      StopLoggingTime: moment(trail.stoppedAt),
      LatestDigestDeliveryTime: moment(status.digestAt),
      LatestDigestDeliveryError: status.digestError,
      LatestCloudWatchLogsDeliveryTime: moment(status.logsAt),
      LatestCloudWatchLogsDeliveryError: status.logsError,
      LatestDeliveryAttemptTime: text(status.deliveryAttemptAt),
      LatestDeliveryAttemptSucceeded: text(status.deliveryAt),
      LatestNotificationAttemptTime: '',
      LatestNotificationAttemptSucceeded: '',
      TimeLoggingStarted: text(trail.startedAt),
      TimeLoggingStopped: text(trail.stoppedAt),
    }
  },
})
