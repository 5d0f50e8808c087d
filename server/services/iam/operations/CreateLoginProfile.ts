import type { CreateLoginProfileRequest, CreateLoginProfileResponse } from '@aws-sdk/client-iam'
import type { Call } from '#kernel/call'
import type { Answer } from '#kernel/wire'
import { meantUser, shownLogin } from '../login-profiles.ts'
import { Flag, Password, UserName } from '../model/members.ts'
import { alreadyExists, invalid } from '../model/refusals.ts'
import { judged, newHash } from '../new-passwords.ts'
import { type Env, operation } from '../operation.ts'
import { shownMoment } from '#kernel/audit/moment'
import { meantTarget } from '../target.ts'
import type { User } from '../users.ts'

/**
 * Gives a user a password for the console. Without a name the calling user is meant. A password is needed: only sessions of
 * AssumeRoot, which are not here, leave it out. Source: API_CreateLoginProfile.
 */
export const CreateLoginProfile = operation<
  CreateLoginProfileRequest,
  Answer<CreateLoginProfileResponse, 'LoginProfile'>
>()({
  name: 'CreateLoginProfile',
  effect: 'write',
  input: { UserName, Password, PasswordResetRequired: Flag },
  errors: [
    'EntityAlreadyExistsException',
    'NoSuchEntityException',
    'PasswordPolicyViolationException',
    'EntityTemporarilyUnmodifiableException',
    'LimitExceededException',
  ],
  audit: {
    response: ({ LoginProfile }) => ({
      loginProfile: {
        userName: LoginProfile.UserName,
        createDate: LoginProfile.CreateDate && shownMoment(LoginProfile.CreateDate),
        passwordResetRequired: LoginProfile.PasswordResetRequired,
      },
    }),
  },
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async ahead(input, env, call) {
    const password = given(input.Password)
    await withoutLogin(input.UserName, env, call)
    return judged(input, { password, rules: await env.passwordPolicy.find(), login: undefined }, env.random)
  },
  async run(input, env, call) {
    const user = await withoutLogin(input.UserName, env, call)
    const resetRequired = input.PasswordResetRequired ?? false
    await env.logins.add(user.id, newHash(input, undefined, user.name), resetRequired, call.now)
    return { LoginProfile: shownLogin(user, { createdAt: call.now, resetRequired }) }
  },
})

async function withoutLogin(name: string | undefined, { users, logins }: Env, call: Call): Promise<User> {
  const user = await meantUser(name, call, users)
  if ((await logins.find(user.id)) !== undefined) {
    throw alreadyExists(`Login Profile for user ${user.name} already exists.`)
  }
  return user
}

function given(password: string | undefined): string {
  if (password !== undefined) return password
  throw invalid(
    "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null",
  )
}
