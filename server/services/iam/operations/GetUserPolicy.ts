import type { GetUserPolicyRequest, GetUserPolicyResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { encodeDocument } from '../model/document.ts'
import { PolicyName, UserName } from '../model/members.ts'
import { noSuchInlinePolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { userTarget } from '../target.ts'

/** An inline policy of a user; the name comes back as it was asked for. Source: API_GetUserPolicy, access.md 7, 21. */
export const GetUserPolicy = operation<GetUserPolicyRequest, GetUserPolicyResponse>()({
  name: 'GetUserPolicy',
  effect: 'read',
  input: { UserName: required(UserName), PolicyName: required(PolicyName) },
  errors: ['NoSuchEntityException'],
  target: async ({ UserName }, { users }, call) => userTarget(call, UserName, await users.find(UserName)),
  async run({ UserName, PolicyName }, { users, inline }) {
    const { id } = await existing(users, UserName)
    const policy = await inline.find(id, PolicyName)
    if (policy === undefined) throw noSuchInlinePolicy(PolicyName)
    return { UserName, PolicyName, PolicyDocument: encodeDocument(policy.document) }
  },
})
