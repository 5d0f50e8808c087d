import type { DeletePolicyVersionRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingPolicy, existingVersion } from '../existing-policy.ts'
import { Arn, VersionId } from '../model/members.ts'
import { deleteConflict } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { changedPolicyTarget } from '../target.ts'

/** Deletes a version that is not the default one; its number is not given again. Source: API_DeletePolicyVersion, access.md 3.5. */
export const DeletePolicyVersion = operation<DeletePolicyVersionRequest, undefined>()({
  name: 'DeletePolicyVersion',
  effect: 'write',
  input: { PolicyArn: required(Arn), VersionId: required(VersionId) },
  errors: ['NoSuchEntityException', 'DeleteConflictException', 'InvalidInputException', 'LimitExceededException'],
  target: async ({ PolicyArn }, { policies }) => changedPolicyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run({ PolicyArn, VersionId }, { policies }) {
    const policy = await existingPolicy(policies, PolicyArn)
    const { version } = await existingVersion(policies, policy, VersionId)
    if (version === policy.defaultVersion) throw deleteConflict('Cannot delete the default version of a policy.')
    await policies.removeVersion(policy, version)
    return undefined
  },
})
