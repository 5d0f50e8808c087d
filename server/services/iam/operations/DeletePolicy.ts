import type { DeletePolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingPolicy } from '../existing-policy.ts'
import { Arn } from '../model/members.ts'
import { deleteConflict } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { changedPolicyTarget } from '../target.ts'

/** Deletes a managed policy that nobody uses and that has one version only. Source: API_DeletePolicy, access.md 3.5. */
export const DeletePolicy = operation<DeletePolicyRequest, undefined>()({
  name: 'DeletePolicy',
  effect: 'write',
  input: { PolicyArn: required(Arn) },
  errors: ['NoSuchEntityException', 'DeleteConflictException', 'InvalidInputException'],
  target: async ({ PolicyArn }, { policies }) => changedPolicyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run({ PolicyArn }, { policies }) {
    const policy = await existingPolicy(policies, PolicyArn)
    if (policy.attachments + policy.boundaries > 0) throw deleteConflict('Cannot delete a policy attached to entities.')
    if ((await policies.countVersions(policy.id)) > 1) {
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    }
    await policies.remove(policy)
    return undefined
  },
})
