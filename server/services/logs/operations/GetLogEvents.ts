import type { GetLogEventsRequest, GetLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { pageOfStream } from '../pages.ts'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

type Got = Answer<GetLogEventsResponse, 'events' | 'nextForwardToken' | 'nextBackwardToken'>

/** Events of one stream, a page at a time in either direction. Source: API_GetLogEvents; surroundings.md 3, trap 15. */
export const GetLogEvents = operation<GetLogEventsRequest, Got>()({
  name: 'GetLogEvents',
  effect: 'read',
  input: {
    logGroupName: members.LogGroupName,
    logGroupIdentifier: members.LogGroupIdentifier,
    logStreamName: required(members.LogStreamName),
    startTime: members.Timestamp,
    endTime: members.Timestamp,
    nextToken: members.NextToken,
    limit: members.EventsLimit,
    startFromHead: members.Flag,
    unmask: members.Flag,
  },
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  target: (input, env, call) => targetOf(input, env, call, input.logStreamName),
  async run(input, { groups, chunks }, call) {
    const group = await groups.existing(groupNamed(input, call))
    const stream = await groups.existingStream(group, input.logStreamName)
    const { events, forward, backward } = await pageOfStream(chunks, group, stream, input, call.now)
    return {
      events: events.map(({ time, message, ingestedAt }) => ({
        timestamp: time,
        message,
        ingestionTime: ingestedAt,
      })),
      nextForwardToken: forward,
      nextBackwardToken: backward,
    }
  },
})
