import type { DeleteRetentionPolicyRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** The events of a group stay for ever. Source: API_DeleteRetentionPolicy. */
export const DeleteRetentionPolicy = operation<DeleteRetentionPolicyRequest, undefined>()({
  name: 'DeleteRetentionPolicy',
  effect: 'write',
  input: { logGroupName: required(members.LogGroupName) },
  errors: [
    'InvalidParameterException',
    'ResourceNotFoundException',
    'OperationAbortedException',
    'ServiceUnavailableException',
  ],
  target: targetOf,
  async run(input, { groups }, call) {
    const group = await groups.lock(groupNamed(input, call))
    await groups.save({ ...group, retentionDays: undefined })
    return undefined
  },
})
