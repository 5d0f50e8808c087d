import type { DeleteMetricFilterRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { filterNotFound } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** Takes a metric filter off a group. Source: API_DeleteMetricFilter. */
export const DeleteMetricFilter = operation<DeleteMetricFilterRequest, undefined>()({
  name: 'DeleteMetricFilter',
  effect: 'write',
  input: { logGroupName: required(members.LogGroupName), filterName: required(members.FilterName) },
  errors: [
    'InvalidParameterException',
    'ResourceNotFoundException',
    'OperationAbortedException',
    'ServiceUnavailableException',
  ],
  target: ({ logGroupName }, env, call) => targetOf({ logGroupName }, env, call),
  async run({ logGroupName, filterName }, { groups, metricFilters }, call) {
    const group = await groups.lock(groupNamed({ logGroupName }, call))
    if (!(await metricFilters.remove(group, filterName))) throw filterNotFound('metric')
    return undefined
  },
})
