import type { UpdateLoginProfileRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import type { Login } from '../logins.ts'
import { Flag, Password, UserName } from '../model/members.ts'
import { noSuchLogin } from '../model/refusals.ts'
import { judged, newHash } from '../new-passwords.ts'
import { type Env, operation } from '../operation.ts'
import { userTarget } from '../target.ts'
import type { User } from '../users.ts'

/** Gives a user another password, or says whether it must be changed; what is not said stays. Source: API_UpdateLoginProfile. */
export const UpdateLoginProfile = operation<UpdateLoginProfileRequest, undefined>()({
  name: 'UpdateLoginProfile',
  effect: 'write',
  input: { UserName: required(UserName), Password, PasswordResetRequired: Flag },
  errors: ['NoSuchEntityException', 'PasswordPolicyViolationException', 'EntityTemporarilyUnmodifiableException'],
  target: async ({ UserName }, { users }, call) => userTarget(call, UserName, await users.find(UserName)),
  async ahead(input, env) {
    const { login } = await withLogin(input.UserName, env)
    const { Password: password } = input
    if (password === undefined) return async () => undefined
    return judged(input, { password, rules: await env.passwordPolicy.find(), login }, env.random)
  },
  async run(input, env, { now }) {
    const { user, login } = await withLogin(input.UserName, env)
    const resetRequired = input.PasswordResetRequired ?? login.resetRequired
    if (input.Password === undefined) await env.logins.setResetRequired(login, resetRequired)
    else await env.logins.change(login, newHash(input, login, user.name), resetRequired, now)
    return undefined
  },
})

async function withLogin(name: string, { users, logins }: Env): Promise<{ user: User; login: Login }> {
  const user = await existing(users, name)
  const login = await logins.find(user.id)
  if (login === undefined) throw noSuchLogin(name)
  return { user, login }
}
