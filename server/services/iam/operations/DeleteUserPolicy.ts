import type { DeleteUserPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { PolicyName, UserName } from '../model/members.ts'
import { noSuchInlinePolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { permissionsTarget } from '../target.ts'

/** Deletes an inline policy of a user, whatever the case of its name. Source: API_DeleteUserPolicy, access.md 7, 21. */
export const DeleteUserPolicy = operation<DeleteUserPolicyRequest, undefined>()({
  name: 'DeleteUserPolicy',
  effect: 'write',
  input: { UserName: required(UserName), PolicyName: required(PolicyName) },
  errors: ['NoSuchEntityException'],
  target: async ({ UserName }, { users }, call) => permissionsTarget(call, UserName, await users.find(UserName)),
  async run({ UserName, PolicyName }, { users, inline }) {
    const { id } = await existing(users, UserName)
    if (!(await inline.remove(id, PolicyName))) throw noSuchInlinePolicy(PolicyName)
    return undefined
  },
})
