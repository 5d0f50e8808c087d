import type { AttachRolePolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { modifiableRole } from '../answers.ts'
import { attachablePolicy } from '../existing-policy.ts'
import { Arn, RoleName } from '../model/members.ts'
import { quotaExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { rolePermissionsTarget } from '../target.ts'

/** Attaches a managed policy to a role; twice is as once. Source: API_AttachRolePolicy, access.md 3.2. */
export const AttachRolePolicy = operation<AttachRolePolicyRequest, undefined>()({
  name: 'AttachRolePolicy',
  effect: 'write',
  input: { RoleName: required(RoleName), PolicyArn: required(Arn) },
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'UnmodifiableEntityException',
    'PolicyNotAttachableException',
  ],
  target: async ({ RoleName, PolicyArn }, { roles }, call) =>
    rolePermissionsTarget(call, RoleName, await roles.find(RoleName), { 'iam:PolicyARN': PolicyArn }),
  async run({ RoleName, PolicyArn }, { roles, policies, limits }) {
    const { id } = await modifiableRole(roles, RoleName)
    const policy = await attachablePolicy(policies, PolicyArn)
    await policies.attach(id, policy)
    if ((await policies.countAttached(id)) > limits.attachments) {
      throw quotaExceeded('PoliciesPerRole', limits.attachments)
    }
    return undefined
  },
})
