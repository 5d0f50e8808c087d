import type { DisableKeyRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'
import { unused } from '../unused.ts'

/** What it encrypted can't be read from then on, on any node, until it is enabled again. Source: API_DisableKey, kms.md 3.4. */
export const DisableKey = operation<DisableKeyRequest, undefined>()({
  name: 'DisableKey',
  effect: 'write',
  input: { KeyId: required(KeyId) },
  errors: ['InvalidArnException', 'KMSInternalException', 'KMSInvalidStateException', 'NotFoundException'],
  async target({ KeyId }, env, call) {
    env.found.located = await locate(KeyId, env.keys, call, OWN_KEY)
    return keyTarget(env.found.located, { more: await unused(env.found.located, env, call) })
  },
  async run(_, { keys, found }, call) {
    const key = await keys.lock(present(kept(found.located)))
    requireState(key, 'switch', call.now)
    await keys.change(key, { state: 'Disabled', deletionAt: undefined })
    return undefined
  },
})
