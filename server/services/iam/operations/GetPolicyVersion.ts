import type { GetPolicyVersionRequest, GetPolicyVersionResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { shownVersion } from '../answers.ts'
import { existingPolicy, existingVersion } from '../existing-policy.ts'
import { encodeDocument } from '../model/document.ts'
import { Arn, VersionId } from '../model/members.ts'
import { operation } from '../operation.ts'
import { policyTarget } from '../target.ts'

/** One version of a managed policy with its document. Source: API_GetPolicyVersion, access.md 3.4. */
export const GetPolicyVersion = operation<GetPolicyVersionRequest, GetPolicyVersionResponse>()({
  name: 'GetPolicyVersion',
  effect: 'read',
  input: { PolicyArn: required(Arn), VersionId: required(VersionId) },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ PolicyArn }, { policies }) => policyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run({ PolicyArn, VersionId }, { policies }) {
    const policy = await existingPolicy(policies, PolicyArn)
    const version = await existingVersion(policies, policy, VersionId)
    return { PolicyVersion: { Document: encodeDocument(version.document), ...shownVersion(version, policy) } }
  },
})
