import type {
  GetServiceLinkedRoleDeletionStatusRequest,
  GetServiceLinkedRoleDeletionStatusResponse,
} from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { linkedPath, roleOfTask } from '../model/linked.ts'
import { roleArn } from '../model/identity.ts'
import { DeletionTaskId } from '../model/members.ts'
import { noSuchEntity } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { newcomer } from '../target.ts'

/**
 * How the deletion of a service-linked role went. Here it is done before it is answered, so nothing of it is kept: every
 * task that can have been is done. Source: API_GetServiceLinkedRoleDeletionStatus.
 */
export const GetServiceLinkedRoleDeletionStatus = operation<
  GetServiceLinkedRoleDeletionStatusRequest,
  GetServiceLinkedRoleDeletionStatusResponse
>()({
  name: 'GetServiceLinkedRoleDeletionStatus',
  effect: 'read',
  input: { DeletionTaskId: required(DeletionTaskId) },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  async target({ DeletionTaskId }, _env, { account }) {
    const { service = '*', name = '*' } = roleOfTask(DeletionTaskId) ?? {}
    return newcomer(roleArn(account, linkedPath(service), name), new Map())
  },
  async run({ DeletionTaskId }) {
    // Assumed wording.
    if (roleOfTask(DeletionTaskId) === undefined) {
      throw noSuchEntity(`Deletion task ${DeletionTaskId} cannot be found.`)
    }
    return { Status: 'SUCCEEDED' }
  },
})
