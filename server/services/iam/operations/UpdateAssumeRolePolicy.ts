import type { UpdateAssumeRolePolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { modifiableRole } from '../answers.ts'
import { PolicyDocument, RoleName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'
import { trusting } from '../trust.ts'

/** Gives a role another trust policy, whose principals are bound anew. Source: API_UpdateAssumeRolePolicy, access.md 3.6. */
export const UpdateAssumeRolePolicy = operation<UpdateAssumeRolePolicyRequest, undefined>()({
  name: 'UpdateAssumeRolePolicy',
  effect: 'write',
  input: { RoleName: required(RoleName), PolicyDocument: required(PolicyDocument) },
  errors: [
    'NoSuchEntityException',
    'MalformedPolicyDocumentException',
    'LimitExceededException',
    'UnmodifiableEntityException',
  ],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName, PolicyDocument }, { roles, principals }, { account }) {
    const role = await modifiableRole(roles, RoleName)
    await roles.save({ ...role, ...(await trusting(PolicyDocument, account, principals)) })
    return undefined
  },
})
