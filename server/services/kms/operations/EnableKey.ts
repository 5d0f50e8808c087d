import type { EnableKeyRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'
import { catchUp } from '../rotation.ts'

/** A key that is enabled may be used again at once; one that should have rotated meanwhile does so now. Source: API_EnableKey, kms.md 3.4, 6. */
export const EnableKey = operation<EnableKeyRequest, undefined>()({
  name: 'EnableKey',
  effect: 'write',
  input: { KeyId: required(KeyId) },
  errors: ['InvalidArnException', 'KMSInternalException', 'KMSInvalidStateException', 'NotFoundException'],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run(_, env, call) {
    const key = await env.keys.lock(present(kept(env.found.located)))
    requireState(key, 'switch', call.now)
    await env.keys.change(key, { state: 'Enabled', deletionAt: undefined })
    await catchUp(key, call.now, env)
    return undefined
  },
})
