import type { ListGroupsForUserRequest, ListGroupsForUserResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing, shownGroup } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, UserName } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { userTarget } from '../target.ts'

/** The groups that a user is in, page by page, in the order of their names. Source: API_ListGroupsForUser. */
export const ListGroupsForUser = operation<ListGroupsForUserRequest, ListGroupsForUserResponse>()({
  name: 'ListGroupsForUser',
  effect: 'read',
  input: { UserName: required(UserName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ UserName }, { users }, call) => userTarget(call, UserName, await users.find(UserName)),
  async run(input, { users, groups }) {
    const { id } = await existing(users, input.UserName)
    const page = pageOf(input)
    const { entries, tail } = paged(await groups.pageOf(id, page), page, ({ name }) => nameKey(name))
    return { Groups: entries.map(shownGroup), ...tail }
  },
})
