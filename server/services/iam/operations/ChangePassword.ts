import type { ChangePasswordRequest } from '@aws-sdk/client-iam'
import { compile } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import { required } from '#kernel/shape'
import { meantUser } from '../login-profiles.ts'
import type { Login } from '../logins.ts'
import { Password } from '../model/members.ts'
import { noSuchLogin, onlyUsersHavePasswords } from '../model/refusals.ts'
import { judged, newHash } from '../new-passwords.ts'
import { type Env, operation } from '../operation.ts'
import { meantTarget } from '../target.ts'
import type { User } from '../users.ts'

/** What AllowUsersToChangePassword means: the target is always the calling user itself. */
const EVERYBODY = compile(
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"iam:ChangePassword","Resource":"*"}}',
)

/**
 * Changes the calling user's own password. Allowed by iam:ChangePassword, or to everybody by the account's password policy; but
 * not past a permissions boundary (assumed: a boundary must allow what is done). Source: API_ChangePassword.
 */
export const ChangePassword = operation<ChangePasswordRequest, undefined>()({
  name: 'ChangePassword',
  effect: 'write',
  input: { OldPassword: required(Password), NewPassword: required(Password) },
  errors: [
    'NoSuchEntityException',
    'InvalidUserTypeException',
    'PasswordPolicyViolationException',
    'EntityTemporarilyUnmodifiableException',
    'LimitExceededException',
  ],
  async target(_input, { users, passwordPolicy }, call) {
    if (call.caller.kind !== 'user') throw onlyUsersHavePasswords()
    const target = await meantTarget(undefined, call, users)
    const rules = await passwordPolicy.find()
    const open = rules?.AllowUsersToChangePassword === true && call.caller.boundary === undefined
    return open ? { ...target, policy: EVERYBODY } : target
  },
  async ahead(input, env, call) {
    const { login } = await own(env, call)
    const { NewPassword: password, OldPassword: old } = input
    return judged(input, { password, old, login, rules: await env.passwordPolicy.find() }, env.random)
  },
  async run(input, env, call) {
    const { user, login } = await own(env, call)
    await env.logins.change(login, newHash(input, login, user.name), false, call.now)
    return undefined
  },
})

async function own({ users, logins }: Env, call: Call): Promise<{ user: User; login: Login }> {
  const user = await meantUser(undefined, call, users)
  const login = await logins.find(user.id)
  if (login === undefined) throw noSuchLogin(user.name)
  return { user, login }
}
