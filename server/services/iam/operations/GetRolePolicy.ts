import type { GetRolePolicyRequest, GetRolePolicyResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole } from '../answers.ts'
import { encodeDocument } from '../model/document.ts'
import { PolicyName, RoleName } from '../model/members.ts'
import { noSuchInlinePolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** An inline policy of a role; the name comes back as it was asked for. Source: API_GetRolePolicy, access.md 7, 21. */
export const GetRolePolicy = operation<GetRolePolicyRequest, GetRolePolicyResponse>()({
  name: 'GetRolePolicy',
  effect: 'read',
  input: { RoleName: required(RoleName), PolicyName: required(PolicyName) },
  errors: ['NoSuchEntityException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run({ RoleName, PolicyName }, { roles, inline }) {
    const { id } = await existingRole(roles, RoleName)
    const policy = await inline.find(id, PolicyName)
    if (policy === undefined) throw noSuchInlinePolicy(PolicyName, 'role')
    return { RoleName, PolicyName, PolicyDocument: encodeDocument(policy.document) }
  },
})
