import type { Vault } from '#kernel/sealing/vault'
import type { Storage } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'
import { accountCalled } from './account-aliases.ts'
import { Logins } from './logins.ts'
import { expiryOf } from './model/password.ts'
import { PasswordPolicies } from './password-policy.ts'
import { isPassword, NOBODYS } from './passwords.ts'
import type { SignedIn } from './port.ts'
import { Users } from './users.ts'

export interface SignIn {
  /** The account's id or alias. */
  readonly account: string
  readonly userName: string
  readonly password: Secret<string>
  /** Milliseconds. */
  readonly now: number
}

/**
 * Whether this is the password of that user. It takes a store, not a unit of work, because nothing may wait for a hash: the
 * password is compared between two units. The same work is done for users that are not there or have no password. Throws
 * Throttling when too many others wait.
 */
export async function verifyPassword(
  storage: Storage,
  vault: Vault,
  { account: called, userName, password, now }: SignIn,
): Promise<SignedIn | undefined> {
  const { account, user, login, rules } = await storage.unit('read', async (unit) => {
    const account = await accountCalled(unit, vault, called)
    const user = await new Users(unit, account, vault).find(userName)
    const login = await new Logins(unit, account, vault).find(user?.id ?? '')
    return { account, user, login, rules: await new PasswordPolicies(unit, account, vault).find() }
  })
  const same = await isPassword(password, login?.hash ?? NOBODYS)
  if (!same || user === undefined || login === undefined) return undefined
  const expired = (expiryOf(login.changedAt, rules) ?? Infinity) <= now
  if (expired && rules?.HardExpiry === true) return { account, userId: user.id, userName, password: 'expired' }
  const kept = await storage.unit('write', async (unit) => {
    const logins = new Logins(unit, account, vault)
    const still = await logins.find(user.id)
    if (still?.hash.reveal() !== login.hash.reveal()) return false
    await logins.use(user.id, now)
    return true
  })
  if (!kept) return undefined
  return { account, userId: user.id, userName, password: expired || login.resetRequired ? 'to be changed' : 'good' }
}
