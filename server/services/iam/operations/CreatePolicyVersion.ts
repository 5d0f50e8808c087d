import type { CreatePolicyVersionRequest, CreatePolicyVersionResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { shownVersion } from '../answers.ts'
import { existingPolicy } from '../existing-policy.ts'
import { checkManaged } from '../model/document.ts'
import { Arn, PolicyDocument, SetAsDefault } from '../model/members.ts'
import { limitExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { changedPolicyTarget } from '../target.ts'

/** Versions of one policy. Source: access.md 3.2. */
const MOST_VERSIONS = 5

/** Adds a version to a managed policy; a new default counts from the next request. Source: API_CreatePolicyVersion, access.md 3.5. */
export const CreatePolicyVersion = operation<CreatePolicyVersionRequest, CreatePolicyVersionResponse>()({
  name: 'CreatePolicyVersion',
  effect: 'write',
  input: { PolicyArn: required(Arn), PolicyDocument: required(PolicyDocument), SetAsDefault },
  errors: [
    'NoSuchEntityException',
    'MalformedPolicyDocumentException',
    'LimitExceededException',
    'InvalidInputException',
  ],
  target: async ({ PolicyArn }, { policies }) => changedPolicyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run({ PolicyArn, PolicyDocument, SetAsDefault = false }, { policies }, { now }) {
    const policy = await existingPolicy(policies, PolicyArn)
    checkManaged(PolicyDocument)
    if ((await policies.countVersions(policy.id)) >= MOST_VERSIONS) {
      throw limitExceeded(
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
      )
    }
    const changed = await policies.addVersion(policy, PolicyDocument, SetAsDefault, now)
    return { PolicyVersion: shownVersion({ version: changed.lastVersion, createdAt: now }, changed) }
  },
})
