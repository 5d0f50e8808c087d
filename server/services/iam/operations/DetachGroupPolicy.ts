import type { DetachGroupPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { Arn, GroupName } from '../model/members.ts'
import { noSuchPolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** Detaches a managed policy; one that is not attached is NoSuchEntity. Source: API_DetachGroupPolicy, access.md 3.4. */
export const DetachGroupPolicy = operation<DetachGroupPolicyRequest, undefined>()({
  name: 'DetachGroupPolicy',
  effect: 'write',
  input: { GroupName: required(GroupName), PolicyArn: required(Arn) },
  errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException'],
  target: async ({ GroupName, PolicyArn }, { groups }, call) =>
    groupTarget(call, GroupName, await groups.find(GroupName), { 'iam:PolicyARN': PolicyArn }),
  async run({ GroupName, PolicyArn }, { groups, policies }) {
    const { id } = await existingGroup(groups, GroupName)
    const policy = await policies.find(PolicyArn)
    if (policy === undefined || !(await policies.detach(id, policy))) throw noSuchPolicy(PolicyArn)
    return undefined
  },
})
