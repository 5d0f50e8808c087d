import type { ListRolePoliciesRequest, ListRolePoliciesResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, RoleName } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** The names of a role's inline policies, in their first spelling. Source: API_ListRolePolicies, access.md 7, 21. */
export const ListRolePolicies = operation<ListRolePoliciesRequest, ListRolePoliciesResponse>()({
  name: 'ListRolePolicies',
  effect: 'read',
  input: { RoleName: required(RoleName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run(input, { roles, inline }) {
    const { id } = await existingRole(roles, input.RoleName)
    const page = pageOf(input)
    const { entries, tail } = paged(await inline.page(id, page), page, ({ name }) => nameKey(name))
    return { PolicyNames: entries.map(({ name }) => name), ...tail }
  },
})
