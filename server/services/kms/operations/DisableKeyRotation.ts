import type { DisableKeyRotationRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId } from '../model/members.ts'
import { requireOwnRotation } from '../model/rotation.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'
import { setRotation } from '../rotation.ts'

/** The material stays what it is now. Source: API_DisableKeyRotation, kms.md 6. */
export const DisableKeyRotation = operation<DisableKeyRotationRequest, undefined>()({
  name: 'DisableKeyRotation',
  effect: 'write',
  input: { KeyId: required(KeyId) },
  errors: [
    'DisabledException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run(_, env, call) {
    const key = await env.keys.lock(present(kept(env.found.located)))
    requireState(key, 'set rotation', call.now)
    requireOwnRotation(key)
    await setRotation(key, undefined, env)
    return undefined
  },
})
