import type { PutLogEventsRequest, PutLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import { batchOf } from '../model/batch.ts'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'
import { sequenceToken } from './DescribeLogStreams.ts'

/** Writes events into a stream. Source: API_PutLogEvents; surroundings.md 3. */
export const PutLogEvents = operation<PutLogEventsRequest, PutLogEventsResponse>()({
  name: 'PutLogEvents',
  effect: 'write',
  // A batch of the largest size, with all that JSON puts around and into it.
  bodyBytes: 8 * 1024 * 1024,
  input: {
    logGroupName: required(members.LogGroupName),
    logStreamName: required(members.LogStreamName),
    logEvents: required(members.InputLogEvents),
    sequenceToken: members.SequenceToken,
    entity: members.Entity,
  },
  errors: [
    ...(['InvalidParameterException', 'InvalidSequenceTokenException', 'DataAlreadyAcceptedException'] as const),
    ...(['ResourceNotFoundException', 'ServiceUnavailableException', 'UnrecognizedClientException'] as const),
  ],
  // Messages may hold anything: none of them comes into the trail.
  audit: { request: ({ logGroupName, logStreamName }) => ({ logGroupName, logStreamName }) },
  target: ({ logGroupName, logStreamName }, env, call) => targetOf({ logGroupName }, env, call, logStreamName),
  async run({ logGroupName, logStreamName, logEvents }, { groups, writing }, call) {
    const group = await groups.existing(groupNamed({ logGroupName }, call))
    const stream = await groups.existingStream(group, logStreamName)
    const given = logEvents.map(({ timestamp = 0, message = '' }) => ({
      ...{ time: timestamp, message },
      accessKey: call.caller.accessKeyId,
    }))
    const { events, rejected } = batchOf(given, group.retentionDays, call.now)
    await writing.append(group, stream, events, call.now)
    return {
      nextSequenceToken: sequenceToken({ ...stream, ingestedAt: call.now }),
      ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
    }
  },
})
