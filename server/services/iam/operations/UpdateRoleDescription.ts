import type { UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole, listedRole } from '../answers.ts'
import { RoleDescription, RoleName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** Changes the description of a role, a service-linked one too, and answers the role. Source: API_UpdateRoleDescription. */
export const UpdateRoleDescription = operation<UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse>()({
  name: 'UpdateRoleDescription',
  effect: 'write',
  input: { RoleName: required(RoleName), Description: required(RoleDescription) },
  errors: ['NoSuchEntityException', 'UnmodifiableEntityException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName, Description }, { roles, principals }) {
    const role = { ...(await existingRole(roles, RoleName)), description: Description || undefined }
    await roles.save(role)
    return { Role: await listedRole(role, principals) }
  },
})
