import type { CreateGroupRequest, CreateGroupResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { shownGroup } from '../answers.ts'
import type { Group } from '../groups.ts'
import { groupArn, pathOf, uniqueId } from '../model/identity.ts'
import { GroupName, Path } from '../model/members.ts'
import { alreadyExists, quotaExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { newcomer } from '../target.ts'

/** Makes a group without users or permissions. Source: API_CreateGroup, access.md 3.2. */
export const CreateGroup = operation<CreateGroupRequest, Answer<CreateGroupResponse, 'Group'>>()({
  name: 'CreateGroup',
  effect: 'write',
  input: { Path, GroupName: required(GroupName) },
  errors: ['EntityAlreadyExistsException', 'LimitExceededException', 'NoSuchEntityException'],
  audit: {
    response: ({ Group }) => ({
      group: { path: Group.Path, groupName: Group.GroupName, groupId: Group.GroupId, arn: Group.Arn },
    }),
  },
  target: async ({ Path, GroupName }, _env, { account }) =>
    newcomer(groupArn(account, pathOf(Path), GroupName), new Map()),
  async run({ Path, GroupName }, { groups, random, limits }, { account, now }) {
    const path = pathOf(Path)
    if ((await groups.findAnyCase(GroupName)) !== undefined) {
      throw alreadyExists(`Group with name ${GroupName} already exists.`)
    }
    if ((await groups.count()) >= limits.groups) throw quotaExceeded('GroupsPerAccount', limits.groups)
    const group: Group = {
      name: GroupName,
      path,
      arn: groupArn(account, path, GroupName),
      id: uniqueId(random, 'AGPA'),
      createdAt: now,
    }
    await groups.add(group)
    return { Group: shownGroup(group) }
  },
})
