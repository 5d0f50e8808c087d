import type { TagPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingPolicy } from '../existing-policy.ts'
import { Arn, Tags } from '../model/members.ts'
import { mergedTags, sentTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { changedPolicyTarget } from '../target.ts'

/** Adds tags to a managed policy; a key in another spelling replaces the tag. Source: API_TagPolicy, access.md 3.4. */
export const TagPolicy = operation<TagPolicyRequest, undefined>()({
  name: 'TagPolicy',
  effect: 'write',
  input: { PolicyArn: required(Arn), Tags: required(Tags) },
  errors: [
    'NoSuchEntityException',
    'InvalidInputException',
    'LimitExceededException',
    'ConcurrentModificationException',
  ],
  target: async ({ PolicyArn, Tags }, { policies }) =>
    changedPolicyTarget(PolicyArn, await policies.find(PolicyArn), { requestTags: sentTags(Tags) }),
  async run({ PolicyArn, Tags }, { policies }) {
    const policy = await existingPolicy(policies, PolicyArn)
    await policies.save({ ...policy, tags: mergedTags(policy.tags, Tags, 'Policy') })
    return undefined
  },
})
