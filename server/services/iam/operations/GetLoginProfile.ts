import type { GetLoginProfileRequest, GetLoginProfileResponse } from '@aws-sdk/client-iam'
import type { Answer } from '#kernel/wire'
import { meantUser, shownLogin } from '../login-profiles.ts'
import { UserName } from '../model/members.ts'
import { noSuchLogin } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { meantTarget } from '../target.ts'

/** Whether, and since when, a user has a password. Source: API_GetLoginProfile. */
export const GetLoginProfile = operation<GetLoginProfileRequest, Answer<GetLoginProfileResponse, 'LoginProfile'>>()({
  name: 'GetLoginProfile',
  effect: 'read',
  input: { UserName },
  errors: ['NoSuchEntityException'],
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run({ UserName }, { users, logins }, call) {
    const user = await meantUser(UserName, call, users)
    const login = await logins.find(user.id)
    if (login === undefined) throw noSuchLogin(user.name)
    return { LoginProfile: shownLogin(user, login) }
  },
})
