import type { DeleteServiceLinkedRoleRequest, DeleteServiceLinkedRoleResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole } from '../answers.ts'
import { deletionTask } from '../model/linked.ts'
import { RoleName } from '../model/members.ts'
import { noSuchRole } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** Deletes a service-linked role, at once; another role is none (assumed). Source: API_DeleteServiceLinkedRole. */
export const DeleteServiceLinkedRole = operation<DeleteServiceLinkedRoleRequest, DeleteServiceLinkedRoleResponse>()({
  name: 'DeleteServiceLinkedRole',
  effect: 'write',
  input: { RoleName: required(RoleName) },
  errors: ['NoSuchEntityException', 'LimitExceededException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName }, { roles, random }) {
    const { id, linkedService } = await existingRole(roles, RoleName)
    if (linkedService === undefined) throw noSuchRole(RoleName)
    await roles.remove(id)
    return { DeletionTaskId: deletionTask(linkedService, RoleName, random.uuid()) }
  },
})
