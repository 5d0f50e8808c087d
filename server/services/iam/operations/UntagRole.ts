import type { UntagRoleRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole } from '../answers.ts'
import { RoleName, TagKeys } from '../model/members.ts'
import { remainingTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** Takes tags off a role; keys that it does not have are passed over. Source: API_UntagRole. */
export const UntagRole = operation<UntagRoleRequest, undefined>()({
  name: 'UntagRole',
  effect: 'write',
  input: { RoleName: required(RoleName), TagKeys: required(TagKeys) },
  errors: ['NoSuchEntityException', 'ConcurrentModificationException'],
  target: async ({ RoleName, TagKeys }, { roles }, call) => ({
    ...roleTarget(call, RoleName, await roles.find(RoleName)),
    tagKeys: TagKeys,
  }),
  async run({ RoleName, TagKeys }, { roles }) {
    const role = await existingRole(roles, RoleName)
    await roles.save({ ...role, tags: remainingTags(role.tags, TagKeys) })
    return undefined
  },
})
