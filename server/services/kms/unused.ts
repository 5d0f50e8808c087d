import type { Call } from '#kernel/call'
import type { Located } from './locate.ts'
import type { Conditions } from './model/conditions.ts'
import { DAY_MS } from './model/rotation.ts'
import type { Env } from './operation.ts'

/**
 * `kms:TrailingDaysWithoutKeyUsage`: whole days since a key was last used, since it was made if it never was. Source:
 * kms.md 12.
 */
export async function unused(
  { key }: Located,
  { uses, unit, keys }: Pick<Env, 'uses' | 'unit' | 'keys'>,
  call: Call,
): Promise<Conditions> {
  if (key === undefined) return {}
  const use = await uses.of(key, unit)
  // A key that may have been used before uses were written down is as if it had been then.
  const since = use?.at ?? Math.max(key.createdAt, await keys.trackedSince())
  return { 'kms:TrailingDaysWithoutKeyUsage': String(Math.max(0, Math.floor((call.now - since) / DAY_MS))) }
}
