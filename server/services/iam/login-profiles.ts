import type { LoginProfile } from '@aws-sdk/client-iam'
import type { Call } from '#kernel/call'
import type { Login } from './logins.ts'
import { noSuchUser, userNameMissing } from './model/refusals.ts'
import { meant } from './target.ts'
import type { User, Users } from './users.ts'

/** The user of that name, without one the calling user. Throws NoSuchEntity, and ValidationError for a caller that is none. */
export async function meantUser(name: string | undefined, call: Call, users: Users): Promise<User> {
  const who = await meant(name, call, users)
  if (who.root) throw userNameMissing()
  if (who.user === undefined) throw noSuchUser(who.name)
  return who.user
}

export function shownLogin({ name }: User, login: Pick<Login, 'createdAt' | 'resetRequired'>): LoginProfile {
  return {
    UserName: name,
    CreateDate: new Date(login.createdAt),
    PasswordResetRequired: login.resetRequired,
  }
}
