import type { GetUserRequest, GetUserResponse } from '@aws-sdk/client-iam'
import type { Answer } from '#kernel/wire'
import { rootUser, shownUser } from '../answers.ts'
import { UserName } from '../model/members.ts'
import { noSuchUser } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { meant, meantTarget } from '../target.ts'

/** A user; without a name the caller itself, which may be the root user. Source: API_GetUser, access.md 3.4. */
export const GetUser = operation<GetUserRequest, Answer<GetUserResponse, 'User'>>()({
  name: 'GetUser',
  effect: 'read',
  input: { UserName },
  errors: ['NoSuchEntityException'],
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run({ UserName }, { users, accountCreatedAt }, call) {
    const who = await meant(UserName, call, users)
    if (who.root) return { User: rootUser(call.account, await accountCreatedAt()) }
    if (who.user === undefined) throw noSuchUser(who.name)
    return { User: shownUser(who.user) }
  },
})
