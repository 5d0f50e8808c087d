import type { PutRetentionPolicyRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import { RETENTIONS } from '../model/group.ts'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { invalidParameter } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** How long the events of a group stay: what is older is not shown any more, and goes by and by. Source: API_PutRetentionPolicy. */
export const PutRetentionPolicy = operation<PutRetentionPolicyRequest, undefined>()({
  name: 'PutRetentionPolicy',
  effect: 'write',
  input: { logGroupName: required(members.LogGroupName), retentionInDays: required(members.Days) },
  errors: [
    'InvalidParameterException',
    'ResourceNotFoundException',
    'OperationAbortedException',
    'ServiceUnavailableException',
  ],
  target: ({ logGroupName }, env, call) => targetOf({ logGroupName }, env, call),
  async run({ logGroupName, retentionInDays }, { groups, leavings }, call) {
    // The words of the service are not recorded.
    if (!RETENTIONS.includes(retentionInDays))
      throw invalidParameter(`Invalid retention value. Valid values are: [${RETENTIONS.join(', ')}]`)
    const group = await groups.lock(groupNamed({ logGroupName }, call))
    await groups.save({ ...group, retentionDays: retentionInDays })
    await leavings.expire(call.now)
    return undefined
  },
})
