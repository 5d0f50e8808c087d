import type { ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole } from '../answers.ts'
import { Marker, MaxItems, PathPrefix, RoleName } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { pageKey } from '../policies.ts'
import { roleTarget } from '../target.ts'

/** The managed policies that are attached to a role, page by page. Source: API_ListAttachedRolePolicies. */
export const ListAttachedRolePolicies = operation<ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse>()({
  name: 'ListAttachedRolePolicies',
  effect: 'read',
  input: { RoleName: required(RoleName), PathPrefix, Marker, MaxItems },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run(input, { roles, policies }) {
    const { id } = await existingRole(roles, input.RoleName)
    const page = pageOf(input)
    const found = await policies.attachedPage(id, page, input.PathPrefix ?? '/')
    const { entries, tail } = paged(found, page, pageKey)
    const AttachedPolicies = entries.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }))
    return { AttachedPolicies, ...tail }
  },
})
