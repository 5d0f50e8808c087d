import type { TagRoleRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole } from '../answers.ts'
import { RoleName, Tags } from '../model/members.ts'
import { mergedTags, sentTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** Adds tags to those of a role, or gives them other values. Source: API_TagRole, access.md 3.4. */
export const TagRole = operation<TagRoleRequest, undefined>()({
  name: 'TagRole',
  effect: 'write',
  input: { RoleName: required(RoleName), Tags: required(Tags) },
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ConcurrentModificationException',
  ],
  target: async ({ RoleName, Tags }, { roles }, call) => ({
    ...roleTarget(call, RoleName, await roles.find(RoleName)),
    requestTags: sentTags(Tags),
  }),
  async run({ RoleName, Tags }, { roles }) {
    const role = await existingRole(roles, RoleName)
    await roles.save({ ...role, tags: mergedTags(role.tags, Tags, 'Role') })
    return undefined
  },
})
