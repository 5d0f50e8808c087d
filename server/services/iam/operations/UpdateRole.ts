import type { UpdateRoleRequest, UpdateRoleResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole } from '../answers.ts'
import { MaxSessionDuration, RoleDescription, RoleName } from '../model/members.ts'
import { unmodifiable } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/**
 * Changes description and longest session of a role; answers an empty result. Assumed: what is left out stays as it is. Of a
 * service-linked role only the description can be changed. Source: API_UpdateRole, access.md 3.4.
 */
export const UpdateRole = operation<UpdateRoleRequest, UpdateRoleResponse>()({
  name: 'UpdateRole',
  effect: 'write',
  input: { RoleName: required(RoleName), Description: RoleDescription, MaxSessionDuration },
  errors: ['NoSuchEntityException', 'UnmodifiableEntityException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName, Description, MaxSessionDuration }, { roles }) {
    const role = await existingRole(roles, RoleName)
    if (role.linkedService !== undefined && MaxSessionDuration !== undefined) throw unmodifiable(RoleName)
    await roles.save({
      ...role,
      description: (Description ?? role.description) || undefined,
      maxSession: MaxSessionDuration ?? role.maxSession,
    })
    return {}
  },
})
