import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { type Soon, when } from '#kernel/values/soon'
import { ANY_KEY, keyTarget, locate, present, type Said } from './locate.ts'
import { requireState } from './model/states.ts'
import { type Env, kept } from './operation.ts'
import type { StoredKey } from './store.ts'

/** What the operations that do cryptography with one key begin with. Source: kms.md 4.1. */

/** The key that KeyId names, as what they act on; kept for `usable`. At once when the key is in memory. */
export function usedKey(
  keyId: string,
  said: Said,
  { keys, found }: Pick<Env, 'keys' | 'found'>,
  call: Call,
): Soon<Target> {
  return when(locate(keyId, keys, call, ANY_KEY), (located) => {
    found.located = located
    return keyTarget(located, said)
  })
}

/** That key. Throws what its state forbids. */
export function usable({ found }: Pick<Env, 'found'>, { now }: Call): StoredKey {
  const key = present(kept(found.located))
  requireState(key, 'cryptography', now)
  return key
}
