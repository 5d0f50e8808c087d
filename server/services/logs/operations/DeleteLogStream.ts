import type { DeleteLogStreamRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { deletionProtected } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** Deletes a stream with its events. Source: API_DeleteLogStream. */
export const DeleteLogStream = operation<DeleteLogStreamRequest, undefined>()({
  name: 'DeleteLogStream',
  effect: 'write',
  input: { logGroupName: required(members.LogGroupName), logStreamName: required(members.LogStreamName) },
  errors: [
    ...(['InvalidParameterException', 'ResourceNotFoundException', 'OperationAbortedException'] as const),
    ...(['ServiceUnavailableException', 'ValidationException'] as const),
  ],
  target: ({ logGroupName, logStreamName }, env, call) => targetOf({ logGroupName }, env, call, logStreamName),
  async run({ logGroupName, logStreamName }, { groups, leavings }, call) {
    const group = await groups.existing(groupNamed({ logGroupName }, call))
    if (group.guarded) throw deletionProtected()
    const stream = await groups.existingStream(group, logStreamName)
    await groups.removeStream(group, logStreamName)
    await leavings.remove(group, stream, call.now)
    return undefined
  },
})
