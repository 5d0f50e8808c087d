import type { CreateLogStreamRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** Makes a stream in a group. Source: API_CreateLogStream; surroundings.md 3. */
export const CreateLogStream = operation<CreateLogStreamRequest, undefined>()({
  name: 'CreateLogStream',
  effect: 'write',
  input: { logGroupName: required(members.LogGroupName), logStreamName: required(members.LogStreamName) },
  errors: [
    ...(['InvalidParameterException', 'ResourceAlreadyExistsException'] as const),
    ...(['ResourceNotFoundException', 'ServiceUnavailableException'] as const),
  ],
  target: ({ logGroupName, logStreamName }, env, call) => targetOf({ logGroupName }, env, call, logStreamName),
  async run({ logGroupName, logStreamName }, { groups }, call) {
    const group = await groups.existing(groupNamed({ logGroupName }, call))
    await groups.createStream(group, logStreamName, call.now)
    return undefined
  },
})
