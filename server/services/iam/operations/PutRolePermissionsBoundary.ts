import type { PutRolePermissionsBoundaryRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { modifiableRole } from '../answers.ts'
import { checkBoundary } from '../boundary.ts'
import { Arn, RoleName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/**
 * Bounds what a role may do by a managed policy. The condition key says the boundary that the role shall have.
 * Source: API_PutRolePermissionsBoundary, access.md 3.5.
 */
export const PutRolePermissionsBoundary = operation<PutRolePermissionsBoundaryRequest, undefined>()({
  name: 'PutRolePermissionsBoundary',
  effect: 'write',
  input: { RoleName: required(RoleName), PermissionsBoundary: required(Arn) },
  errors: [
    'NoSuchEntityException',
    'InvalidInputException',
    'PolicyNotAttachableException',
    'UnmodifiableEntityException',
  ],
  target: async ({ RoleName, PermissionsBoundary }, { roles }, call) =>
    roleTarget(call, RoleName, await roles.find(RoleName), { 'iam:PermissionsBoundary': PermissionsBoundary }),
  async run({ RoleName, PermissionsBoundary }, { roles, policies }) {
    const role = await modifiableRole(roles, RoleName)
    await checkBoundary(policies, PermissionsBoundary)
    await roles.save({ ...role, boundary: PermissionsBoundary })
    return undefined
  },
})
