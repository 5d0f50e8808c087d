import type { DetachUserPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { Arn, UserName } from '../model/members.ts'
import { noSuchPolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { permissionsTarget } from '../target.ts'

/** Detaches a managed policy; one that is not attached is NoSuchEntity. Source: API_DetachUserPolicy, access.md 3.4. */
export const DetachUserPolicy = operation<DetachUserPolicyRequest, undefined>()({
  name: 'DetachUserPolicy',
  effect: 'write',
  input: { UserName: required(UserName), PolicyArn: required(Arn) },
  errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException'],
  target: async ({ UserName, PolicyArn }, { users }, call) =>
    permissionsTarget(call, UserName, await users.find(UserName), { 'iam:PolicyARN': PolicyArn }),
  async run({ UserName, PolicyArn }, { users, policies }) {
    const { id } = await existing(users, UserName)
    const policy = await policies.find(PolicyArn)
    if (policy === undefined || !(await policies.detach(id, policy))) throw noSuchPolicy(PolicyArn)
    return undefined
  },
})
