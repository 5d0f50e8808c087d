import type { ListAttachedGroupPoliciesRequest, ListAttachedGroupPoliciesResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { GroupName, Marker, MaxItems, PathPrefix } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { pageKey } from '../policies.ts'
import { groupTarget } from '../target.ts'

/** The managed policies that are attached to a group, page by page. Source: API_ListAttachedGroupPolicies. */
export const ListAttachedGroupPolicies = operation<
  ListAttachedGroupPoliciesRequest,
  ListAttachedGroupPoliciesResponse
>()({
  name: 'ListAttachedGroupPolicies',
  effect: 'read',
  input: { GroupName: required(GroupName), PathPrefix, Marker, MaxItems },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run(input, { groups, policies }) {
    const { id } = await existingGroup(groups, input.GroupName)
    const page = pageOf(input)
    const found = await policies.attachedPage(id, page, input.PathPrefix ?? '/')
    const { entries, tail } = paged(found, page, pageKey)
    const AttachedPolicies = entries.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }))
    return { AttachedPolicies, ...tail }
  },
})
