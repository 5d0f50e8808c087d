import type { FilterLogEventsRequest, FilterLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { eventId } from '../model/position.ts'
import { invalidParameter } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { pageOfGroup } from '../pages.ts'
import { targetOf } from '../target.ts'

type Filtered = Answer<FilterLogEventsResponse, 'events' | 'searchedLogStreams'>

/**
 * Events of a group, its streams interleaved by time, those that a pattern takes. Source: API_FilterLogEvents; surroundings.md 3,
 * trap 16: a page may be empty and not the last.
 */
export const FilterLogEvents = operation<FilterLogEventsRequest, Filtered>()({
  name: 'FilterLogEvents',
  effect: 'read',
  input: {
    logGroupName: members.LogGroupName,
    logGroupIdentifier: members.LogGroupIdentifier,
    logStreamNames: members.InputLogStreamNames,
    logStreamNamePrefix: members.LogStreamName,
    startTime: members.Timestamp,
    endTime: members.Timestamp,
    filterPattern: members.FilterPattern,
    nextToken: members.NextToken,
    limit: members.EventsLimit,
    startFromHead: members.Flag,
    interleaved: members.Flag,
    unmask: members.Flag,
  },
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  target: (input, env, call) => targetOf(input, env, call),
  async run(input, env, call) {
    if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined)
      throw invalidParameter('LogStream names and LogStream name prefix are mutually exclusive parameters.')
    const group = await env.groups.existing(groupNamed(input, call))
    const { events, nextToken } = await pageOfGroup(env, group, input, call.now)
    return {
      events: events.map(({ stream, time, message, ingestedAt, ordinal }) => ({
        logStreamName: stream,
        timestamp: time,
        message,
        ingestionTime: ingestedAt,
        eventId: eventId(group.id, { time, ordinal }),
      })),
      // Since 2019 the service lists none. Source: API_FilterLogEvents.
      searchedLogStreams: [],
      ...(nextToken === undefined ? {} : { nextToken }),
    }
  },
})
