import type { SetDefaultPolicyVersionRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingPolicy, existingVersion } from '../existing-policy.ts'
import { Arn, VersionId } from '../model/members.ts'
import { operation } from '../operation.ts'
import { changedPolicyTarget } from '../target.ts'

/** Makes another version the one that counts, from the next request on. Source: API_SetDefaultPolicyVersion. */
export const SetDefaultPolicyVersion = operation<SetDefaultPolicyVersionRequest, undefined>()({
  name: 'SetDefaultPolicyVersion',
  effect: 'write',
  input: { PolicyArn: required(Arn), VersionId: required(VersionId) },
  errors: ['NoSuchEntityException', 'InvalidInputException', 'LimitExceededException'],
  target: async ({ PolicyArn }, { policies }) => changedPolicyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run({ PolicyArn, VersionId }, { policies }) {
    const policy = await existingPolicy(policies, PolicyArn)
    const { version } = await existingVersion(policies, policy, VersionId)
    await policies.save({ ...policy, defaultVersion: version })
    return undefined
  },
})
