import type { GetRoleRequest, GetRoleResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { existingRole, shownRole } from '../answers.ts'
import { RoleName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** A role with its trust policy, tags, boundary and last use. Source: API_GetRole, access.md 3.4. */
export const GetRole = operation<GetRoleRequest, Answer<GetRoleResponse, 'Role'>>()({
  name: 'GetRole',
  effect: 'read',
  input: { RoleName: required(RoleName) },
  errors: ['NoSuchEntityException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName }, { roles, principals, lastUsed }) {
    const role = await existingRole(roles, RoleName)
    return { Role: await shownRole(role, principals, lastUsed.of(role.id)) }
  },
})
