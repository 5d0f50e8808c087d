import type { AddUserToGroupRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing, existingGroup } from '../answers.ts'
import { GroupName, UserName } from '../model/members.ts'
import { quotaExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** Puts a user into a group; twice is as once. Source: API_AddUserToGroup, access.md 3.2. */
export const AddUserToGroup = operation<AddUserToGroupRequest, undefined>()({
  name: 'AddUserToGroup',
  effect: 'write',
  input: { GroupName: required(GroupName), UserName: required(UserName) },
  errors: ['NoSuchEntityException', 'LimitExceededException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run({ GroupName, UserName }, { groups, users, limits }) {
    const group = await existingGroup(groups, GroupName)
    const { id } = await existing(users, UserName)
    await groups.join(id, group)
    if ((await groups.countOf(id)) > limits.groupsPerUser) throw quotaExceeded('GroupsPerUser', limits.groupsPerUser)
    return undefined
  },
})
