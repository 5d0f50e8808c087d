import type { AttachGroupPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { attachablePolicy } from '../existing-policy.ts'
import { Arn, GroupName } from '../model/members.ts'
import { quotaExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** Attaches a managed policy to a group; twice is as once. Source: API_AttachGroupPolicy, access.md 3.2. */
export const AttachGroupPolicy = operation<AttachGroupPolicyRequest, undefined>()({
  name: 'AttachGroupPolicy',
  effect: 'write',
  input: { GroupName: required(GroupName), PolicyArn: required(Arn) },
  errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'PolicyNotAttachableException'],
  target: async ({ GroupName, PolicyArn }, { groups }, call) =>
    groupTarget(call, GroupName, await groups.find(GroupName), { 'iam:PolicyARN': PolicyArn }),
  async run({ GroupName, PolicyArn }, { groups, policies, limits }) {
    const { id } = await existingGroup(groups, GroupName)
    const policy = await attachablePolicy(policies, PolicyArn)
    await policies.attach(id, policy)
    if ((await policies.countAttached(id)) > limits.attachments) {
      throw quotaExceeded('PoliciesPerGroup', limits.attachments)
    }
    return undefined
  },
})
