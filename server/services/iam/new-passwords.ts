import { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import { Secret } from '#kernel/values/bytes'
import type { Login } from './logins.ts'
import { conforms, type PasswordRules } from './model/password.ts'
import { noConformity, oldPasswordWrong, passwordReused } from './model/refusals.ts'
import { hashPassword, isPassword } from './passwords.ts'

/** What a new password is judged by. */
export interface NewPassword {
  readonly password: string
  readonly rules: PasswordRules | undefined
  /** The login as it is; undefined when it is made now. */
  readonly login: Login | undefined
  /** What the user says that the password is. */
  readonly old?: string
}

interface Found {
  readonly hash: Secret<string>
  /** The hash of the password as it was when this one was looked at. */
  readonly instead: string | undefined
}

const found = new WeakMap<object, Found>()

/**
 * The work that comes before a change of password: judge the new one, compare the old one, hash. For `ahead` of operations; the
 * hash is asked for with `newHash` and the same input. Throws PasswordPolicyViolation, and AccessDenied for a wrong old
 * password, which is looked at first: who does not know it learns nothing about former ones.
 */
export function judged(input: object, { password, rules, login, old }: NewPassword, random: Random) {
  return async (): Promise<void> => {
    if (old !== undefined && (login === undefined || !(await isPassword(new Secret(old), login.hash)))) {
      throw oldPasswordWrong()
    }
    if (!conforms(password, rules)) throw noConformity()
    const given = new Secret(password)
    const kept = login === undefined ? [] : [login.hash, ...login.former]
    for (const one of kept.slice(0, rules?.PasswordReusePrevention ?? 0)) {
      if (await isPassword(given, one)) throw passwordReused()
    }
    found.set(input, { hash: await hashPassword(given, random), instead: login?.hash.reveal() })
  }
}

/** The hash of the new password. Throws EntityTemporarilyUnmodifiable when the login is another than `judged` saw. */
export function newHash(input: object, login: Login | undefined, userName: string): Secret<string> {
  const one = found.get(input)
  if (one === undefined) throw new Error('a password was not judged before it is written')
  // Somebody was faster: what was judged is not the password that would be replaced.
  if (one.instead !== login?.hash.reveal()) {
    throw new ApiError(
      'EntityTemporarilyUnmodifiable',
      `Login Profile for User ${userName} cannot be modified now. Please try again.`,
      409,
    )
  }
  return one.hash
}
