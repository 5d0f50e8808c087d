import type { UntagPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingPolicy } from '../existing-policy.ts'
import { Arn, TagKeys } from '../model/members.ts'
import { remainingTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { changedPolicyTarget } from '../target.ts'

/** Takes tags off a managed policy; keys in any spelling. Source: API_UntagPolicy. */
export const UntagPolicy = operation<UntagPolicyRequest, undefined>()({
  name: 'UntagPolicy',
  effect: 'write',
  input: { PolicyArn: required(Arn), TagKeys: required(TagKeys) },
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ConcurrentModificationException'],
  target: async ({ PolicyArn, TagKeys }, { policies }) =>
    changedPolicyTarget(PolicyArn, await policies.find(PolicyArn), { tagKeys: TagKeys }),
  async run({ PolicyArn, TagKeys }, { policies }) {
    const policy = await existingPolicy(policies, PolicyArn)
    await policies.save({ ...policy, tags: remainingTags(policy.tags, TagKeys) })
    return undefined
  },
})
