import type { GetGroupRequest, GetGroupResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup, listedUser, shownGroup } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { GroupName, Marker, MaxItems } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** A group and, page by page, the users in it in the order of their names. Source: API_GetGroup. */
export const GetGroup = operation<GetGroupRequest, GetGroupResponse>()({
  name: 'GetGroup',
  effect: 'read',
  input: { GroupName: required(GroupName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run(input, { groups, users }) {
    const group = await existingGroup(groups, input.GroupName)
    const page = pageOf(input)
    const { entries, tail } = paged(await users.pageIn(group.id, page), page, ({ name }) => nameKey(name))
    return { Group: shownGroup(group), Users: entries.map(listedUser), ...tail }
  },
})
