import type { DetachRolePolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { modifiableRole } from '../answers.ts'
import { Arn, RoleName } from '../model/members.ts'
import { noSuchPolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { rolePermissionsTarget } from '../target.ts'

/** Detaches a managed policy; one that is not attached is NoSuchEntity. Source: API_DetachRolePolicy, access.md 3.4. */
export const DetachRolePolicy = operation<DetachRolePolicyRequest, undefined>()({
  name: 'DetachRolePolicy',
  effect: 'write',
  input: { RoleName: required(RoleName), PolicyArn: required(Arn) },
  errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'UnmodifiableEntityException'],
  target: async ({ RoleName, PolicyArn }, { roles }, call) =>
    rolePermissionsTarget(call, RoleName, await roles.find(RoleName), { 'iam:PolicyARN': PolicyArn }),
  async run({ RoleName, PolicyArn }, { roles, policies }) {
    const { id } = await modifiableRole(roles, RoleName)
    const policy = await policies.find(PolicyArn)
    if (policy === undefined || !(await policies.detach(id, policy))) throw noSuchPolicy(PolicyArn)
    return undefined
  },
})
