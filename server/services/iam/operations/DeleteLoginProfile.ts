import type { DeleteLoginProfileRequest } from '@aws-sdk/client-iam'
import { meantUser } from '../login-profiles.ts'
import { UserName } from '../model/members.ts'
import { noSuchLogin } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { meantTarget } from '../target.ts'

/** Takes a user's password away; access keys stay. Source: API_DeleteLoginProfile. */
export const DeleteLoginProfile = operation<DeleteLoginProfileRequest, undefined>()({
  name: 'DeleteLoginProfile',
  effect: 'write',
  input: { UserName },
  errors: ['NoSuchEntityException', 'EntityTemporarilyUnmodifiableException'],
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run({ UserName }, { users, logins }, call) {
    const user = await meantUser(UserName, call, users)
    if (!(await logins.remove(user.id))) throw noSuchLogin(user.name)
    return undefined
  },
})
