import type { DeleteLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { deletionProtected } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** Deletes a group with all that is in it: at once for everybody who looks, step by step in the store. Source: API_DeleteLogGroup. */
export const DeleteLogGroup = operation<DeleteLogGroupRequest, undefined>()({
  name: 'DeleteLogGroup',
  effect: 'write',
  input: { logGroupName: required(members.LogGroupName) },
  errors: [
    ...(['InvalidParameterException', 'ResourceNotFoundException', 'OperationAbortedException'] as const),
    ...(['ServiceUnavailableException', 'ValidationException'] as const),
  ],
  target: targetOf,
  async run(input, { groups, leavings }, call) {
    const group = await groups.lock(groupNamed(input, call))
    if (group.guarded) throw deletionProtected()
    await groups.remove(group)
    await leavings.remove(group, undefined, call.now)
    return undefined
  },
})
