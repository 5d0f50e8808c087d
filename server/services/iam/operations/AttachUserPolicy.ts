import type { AttachUserPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { attachablePolicy } from '../existing-policy.ts'
import { Arn, UserName } from '../model/members.ts'
import { quotaExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { permissionsTarget } from '../target.ts'

/** Attaches a managed policy to a user; twice is as once. Source: API_AttachUserPolicy, access.md 3.2. */
export const AttachUserPolicy = operation<AttachUserPolicyRequest, undefined>()({
  name: 'AttachUserPolicy',
  effect: 'write',
  input: { UserName: required(UserName), PolicyArn: required(Arn) },
  errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'PolicyNotAttachableException'],
  target: async ({ UserName, PolicyArn }, { users }, call) =>
    permissionsTarget(call, UserName, await users.find(UserName), { 'iam:PolicyARN': PolicyArn }),
  async run({ UserName, PolicyArn }, { users, policies, limits }) {
    const { id } = await existing(users, UserName)
    const policy = await attachablePolicy(policies, PolicyArn)
    await policies.attach(id, policy)
    if ((await policies.countAttached(id)) > limits.attachments) {
      throw quotaExceeded('PoliciesPerUser', limits.attachments)
    }
    return undefined
  },
})
