import type { ListUserPoliciesRequest, ListUserPoliciesResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, UserName } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { userTarget } from '../target.ts'

/** The names of a user's inline policies, in their first spelling. Source: API_ListUserPolicies, access.md 7, 21. */
export const ListUserPolicies = operation<ListUserPoliciesRequest, ListUserPoliciesResponse>()({
  name: 'ListUserPolicies',
  effect: 'read',
  input: { UserName: required(UserName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ UserName }, { users }, call) => userTarget(call, UserName, await users.find(UserName)),
  async run(input, { users, inline }) {
    const { id } = await existing(users, input.UserName)
    const page = pageOf(input)
    const { entries, tail } = paged(await inline.page(id, page), page, ({ name }) => nameKey(name))
    return { PolicyNames: entries.map(({ name }) => name), ...tail }
  },
})
