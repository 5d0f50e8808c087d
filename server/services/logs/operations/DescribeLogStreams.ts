import type { DescribeLogStreamsRequest, DescribeLogStreamsResponse } from '@aws-sdk/client-cloudwatch-logs'
import type { Answer } from '#kernel/wire'
import type { LogStream } from '../model/group.ts'
import * as members from '../model/members.ts'
import { groupNamed, streamArn } from '../model/names.ts'
import { invalidParameter } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { targetOf } from '../target.ts'

type Described = Answer<DescribeLogStreamsResponse, 'logStreams'>

/** The streams of a group, by name or by their newest event. Source: API_DescribeLogStreams; surroundings.md 3. */
export const DescribeLogStreams = operation<DescribeLogStreamsRequest, Described>()({
  name: 'DescribeLogStreams',
  effect: 'read',
  input: {
    logGroupName: members.LogGroupName,
    logGroupIdentifier: members.LogGroupIdentifier,
    logStreamNamePrefix: members.LogStreamName,
    orderBy: members.OrderBy,
    descending: members.Flag,
    nextToken: members.NextToken,
    limit: members.DescribeLimit,
  },
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  target: (input, env, call) => targetOf(input, env, call),
  async run(input, { groups, tokens }, call) {
    const { logStreamNamePrefix: prefix = '', orderBy = 'LogStreamName', descending = false } = input
    const byTime = orderBy === 'LastEventTime'
    if (byTime && prefix !== '') throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
    const group = await groups.existing(groupNamed(input, call))
    const { items, ...rest } = await pageOf(
      input,
      tokens,
      ['DescribeLogStreams', group.id, prefix, orderBy, descending],
      (after: LogStream | undefined, most) => groups.streams(group, { byTime, descending, prefix }, after, most),
      (stream) => stream,
    )
    const logStreams = items.map((stream) => ({
      logStreamName: stream.name,
      creationTime: stream.createdAt,
      ...(stream.firstAt === undefined ? {} : { firstEventTimestamp: stream.firstAt }),
      ...(stream.lastAt === undefined ? {} : { lastEventTimestamp: stream.lastAt }),
      ...(stream.ingestedAt === undefined ? {} : { lastIngestionTime: stream.ingestedAt }),
      uploadSequenceToken: sequenceToken(stream),
      arn: streamArn(group, stream.name),
      // It is 0 for every stream since 2019: bytes are counted for groups. Source: API_LogStream.
      storedBytes: 0,
    }))
    return { logStreams, ...rest }
  },
})

/** Digits that nobody looks at any more. Source: API_PutLogEvents: sequence tokens are not needed and not checked. */
export const sequenceToken = ({ createdAt, ingestedAt = 0 }: LogStream): string =>
  String(BigInt(createdAt) * 10n ** 20n + BigInt(ingestedAt)).padStart(56, '4')
