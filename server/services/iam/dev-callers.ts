import type { Credential } from '#kernel/signature/credential'
import type { Unit } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import { type Callers, rootCaller } from './callers.ts'

const NO_SECRET = new Secret('')

/**
 * The credentials of `strongroom dev`, and of nothing else: `serve` must never be given this. A key that is stored is
 * verified and enforced in full. An id that nobody ever had counts as the root user of an account, whatever it signed
 * with: 12 digits name the account, else it is `account`. The id of a deleted key stays refused.
 */
export function devCallers(callers: Callers, account: string) {
  return {
    async find(accessKeyId: string, token?: string, unit?: Unit): Promise<Credential | undefined> {
      const known = await callers.find(accessKeyId, token, unit)
      if (known !== undefined || (await callers.retired(accessKeyId))) return known
      const named = /^[0-9]{12}$/.test(accessKeyId) ? accessKeyId : account
      const caller = rootCaller(named, accessKeyId)
      return { accessKeyId, secret: NO_SECRET, active: true, unverified: true, caller }
    },
  }
}
