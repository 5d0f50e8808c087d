import type { DeleteUserRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { UserName } from '../model/members.ts'
import { deleteConflict } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { userTarget } from '../target.ts'

/**
 * Deletes a user that has no policies, groups, keys and password any more. The order of the checks is assumed.
 * Source: API_DeleteUser, access.md 3.5.
 */
export const DeleteUser = operation<DeleteUserRequest, undefined>()({
  name: 'DeleteUser',
  effect: 'write',
  input: { UserName: required(UserName) },
  errors: ['NoSuchEntityException', 'DeleteConflictException'],
  target: async ({ UserName }, { users }, call) => userTarget(call, UserName, await users.find(UserName)),
  async run({ UserName }, { users, groups, inline, keys, policies, logins }) {
    const { id } = await existing(users, UserName)
    if ((await policies.countAttached(id)) > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.')
    }
    if ((await inline.page(id, { after: '', limit: 1 })).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.')
    }
    if ((await groups.countOf(id)) > 0) {
      throw deleteConflict('Cannot delete entity, must remove users from group first.')
    }
    if ((await keys.count(id)) > 0) throw deleteConflict('Cannot delete entity, must delete access keys first.')
    if ((await logins.find(id)) !== undefined) {
      throw deleteConflict('Cannot delete entity, must delete login profile first.')
    }
    await users.remove(id)
    return undefined
  },
})
