import type { DeleteGroupRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { GroupName } from '../model/members.ts'
import { deleteConflict } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** Deletes a group without users and policies. The order of the checks is assumed. Source: API_DeleteGroup, access.md 3.5. */
export const DeleteGroup = operation<DeleteGroupRequest, undefined>()({
  name: 'DeleteGroup',
  effect: 'write',
  input: { GroupName: required(GroupName) },
  errors: ['NoSuchEntityException', 'DeleteConflictException', 'LimitExceededException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run({ GroupName }, { groups, inline, policies }) {
    const group = await existingGroup(groups, GroupName)
    if ((await groups.countMembers(group)) > 0) {
      throw deleteConflict('Cannot delete entity, must remove users from group first.')
    }
    if ((await policies.countAttached(group.id)) > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.')
    }
    if ((await inline.page(group.id, { after: '', limit: 1 })).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.')
    }
    await groups.remove(group.id)
    return undefined
  },
})
