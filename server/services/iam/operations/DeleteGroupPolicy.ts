import type { DeleteGroupPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { GroupName, PolicyName } from '../model/members.ts'
import { noSuchInlinePolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** Deletes an inline policy of a group, whatever the case of its name. Source: API_DeleteGroupPolicy, access.md 7, 21. */
export const DeleteGroupPolicy = operation<DeleteGroupPolicyRequest, undefined>()({
  name: 'DeleteGroupPolicy',
  effect: 'write',
  input: { GroupName: required(GroupName), PolicyName: required(PolicyName) },
  errors: ['NoSuchEntityException', 'LimitExceededException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run({ GroupName, PolicyName }, { groups, inline }) {
    const { id } = await existingGroup(groups, GroupName)
    if (!(await inline.remove(id, PolicyName))) throw noSuchInlinePolicy(PolicyName, 'group')
    return undefined
  },
})
