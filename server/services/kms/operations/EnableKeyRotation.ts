import type { EnableKeyRotationRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId, RotationPeriodInDays } from '../model/members.ts'
import { DAY_MS, DEFAULT_DAYS, requireOwnRotation } from '../model/rotation.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'
import { setRotation } from '../rotation.ts'

/**
 * Has a key rotate by itself, every year or every so many days. Asked again, the days count from then. Source:
 * API_EnableKeyRotation, kms.md 6.
 */
export const EnableKeyRotation = operation<EnableKeyRotationRequest, undefined>()({
  name: 'EnableKeyRotation',
  effect: 'write',
  input: { KeyId: required(KeyId), RotationPeriodInDays },
  errors: [
    'DisabledException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  async target({ KeyId, RotationPeriodInDays = DEFAULT_DAYS }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located, { more: { 'kms:RotationPeriodInDays': String(RotationPeriodInDays) } })
  },
  async run({ RotationPeriodInDays: days = DEFAULT_DAYS }, env, call) {
    const key = await env.keys.lock(present(kept(env.found.located)))
    requireState(key, 'set rotation', call.now)
    requireOwnRotation(key)
    await setRotation(key, { days, nextAt: call.now + days * DAY_MS }, env)
    return undefined
  },
})
