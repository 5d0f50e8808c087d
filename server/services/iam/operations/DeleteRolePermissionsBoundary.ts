import type { DeleteRolePermissionsBoundaryRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { modifiableRole } from '../answers.ts'
import { RoleName } from '../model/members.ts'
import { noSuchBoundary } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { rolePermissionsTarget } from '../target.ts'

/** Takes the boundary off a role; one without is NoSuchEntity. Source: API_DeleteRolePermissionsBoundary, access.md 3.4. */
export const DeleteRolePermissionsBoundary = operation<DeleteRolePermissionsBoundaryRequest, undefined>()({
  name: 'DeleteRolePermissionsBoundary',
  effect: 'write',
  input: { RoleName: required(RoleName) },
  errors: ['NoSuchEntityException', 'UnmodifiableEntityException'],
  target: async ({ RoleName }, { roles }, call) => rolePermissionsTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName }, { roles }) {
    const role = await modifiableRole(roles, RoleName)
    if (role.boundary === undefined) throw noSuchBoundary('role', RoleName)
    await roles.save({ ...role, boundary: undefined })
    return undefined
  },
})
