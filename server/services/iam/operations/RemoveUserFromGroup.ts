import type { RemoveUserFromGroupRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing, existingGroup } from '../answers.ts'
import { GroupName, UserName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/**
 * Takes a user out of a group; one that is not in it is no error, as people who tried it report.
 * Source: API_RemoveUserFromGroup.
 */
export const RemoveUserFromGroup = operation<RemoveUserFromGroupRequest, undefined>()({
  name: 'RemoveUserFromGroup',
  effect: 'write',
  input: { GroupName: required(GroupName), UserName: required(UserName) },
  errors: ['NoSuchEntityException', 'LimitExceededException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run({ GroupName, UserName }, { groups, users }) {
    const group = await existingGroup(groups, GroupName)
    const { id } = await existing(users, UserName)
    await groups.leave(id, group)
    return undefined
  },
})
