import type { ListGroupPoliciesRequest, ListGroupPoliciesResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { GroupName, Marker, MaxItems } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** The names of a group's inline policies, in their first spelling. Source: API_ListGroupPolicies, access.md 7, 21. */
export const ListGroupPolicies = operation<ListGroupPoliciesRequest, ListGroupPoliciesResponse>()({
  name: 'ListGroupPolicies',
  effect: 'read',
  input: { GroupName: required(GroupName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run(input, { groups, inline }) {
    const { id } = await existingGroup(groups, input.GroupName)
    const page = pageOf(input)
    const { entries, tail } = paged(await inline.page(id, page), page, ({ name }) => nameKey(name))
    return { PolicyNames: entries.map(({ name }) => name), ...tail }
  },
})
