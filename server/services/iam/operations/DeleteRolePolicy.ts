import type { DeleteRolePolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { modifiableRole } from '../answers.ts'
import { PolicyName, RoleName } from '../model/members.ts'
import { noSuchInlinePolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { rolePermissionsTarget } from '../target.ts'

/** Deletes an inline policy of a role, whatever the case of its name. Source: API_DeleteRolePolicy, access.md 7, 21. */
export const DeleteRolePolicy = operation<DeleteRolePolicyRequest, undefined>()({
  name: 'DeleteRolePolicy',
  effect: 'write',
  input: { RoleName: required(RoleName), PolicyName: required(PolicyName) },
  errors: ['NoSuchEntityException', 'UnmodifiableEntityException'],
  target: async ({ RoleName }, { roles }, call) => rolePermissionsTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName, PolicyName }, { roles, inline }) {
    const { id } = await modifiableRole(roles, RoleName)
    if (!(await inline.remove(id, PolicyName))) throw noSuchInlinePolicy(PolicyName, 'role')
    return undefined
  },
})
