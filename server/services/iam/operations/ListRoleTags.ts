import type { ListRoleTagsRequest, ListRoleTagsResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole } from '../answers.ts'
import { Marker, MaxItems, RoleName } from '../model/members.ts'
import { tagPage } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** The tags of a role, page by page, in the order of their keys. Source: API_ListRoleTags. */
export const ListRoleTags = operation<ListRoleTagsRequest, ListRoleTagsResponse>()({
  name: 'ListRoleTags',
  effect: 'read',
  input: { RoleName: required(RoleName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run(input, { roles }) {
    const { tags } = await existingRole(roles, input.RoleName)
    return tagPage(tags, input)
  },
})
