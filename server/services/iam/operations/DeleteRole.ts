import type { DeleteRoleRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { modifiableRole } from '../answers.ts'
import { RoleName } from '../model/members.ts'
import { deleteConflict } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/**
 * Deletes a role that is in no instance profile and has no policies any more. Its sessions end with it.
 * Source: API_DeleteRole, access.md 3.5.
 */
export const DeleteRole = operation<DeleteRoleRequest, undefined>()({
  name: 'DeleteRole',
  effect: 'write',
  input: { RoleName: required(RoleName) },
  errors: ['NoSuchEntityException', 'DeleteConflictException', 'UnmodifiableEntityException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName }, { roles, inline, policies }) {
    const { id } = await modifiableRole(roles, RoleName)
    if (await roles.isInProfile(id)) {
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    }
    if ((await policies.countAttached(id)) > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.')
    }
    if ((await inline.page(id, { after: '', limit: 1 })).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.')
    }
    await roles.remove(id)
    return undefined
  },
})
