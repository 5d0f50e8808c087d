import type { RotateKeyOnDemandRequest, RotateKeyOnDemandResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { keyResource } from '../model/cryptography.ts'
import { KeyId } from '../model/members.ts'
import { rotated } from '../model/events.ts'
import { requireDemand, requirePrimary, requireRotatable } from '../model/rotation.ts'
import { requireState } from '../model/states.ts'
import { type Env, kept, operation } from '../operation.ts'
import { rotate } from '../rotation.ts'
import type { StoredKey } from '../store.ts'

type Rotated = Answer<RotateKeyOnDemandResponse, 'KeyId'>

/**
 * Gives a key new material at once; material that its owner brings must have been imported before. When the key rotates by
 * itself stays as it is. Source: API_RotateKeyOnDemand, kms.md 6.
 */
export const RotateKeyOnDemand = operation<RotateKeyOnDemandRequest, Rotated>()({
  name: 'RotateKeyOnDemand',
  effect: 'write',
  input: { KeyId: required(KeyId) },
  errors: [
    'ConflictException',
    'DisabledException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  audit: {
    response: ({ KeyId }) => ({ keyId: KeyId }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run(_, env, call) {
    const key = await env.keys.lock(present(kept(env.found.located)))
    requireState(key, 'rotate', call.now)
    requireRotatable(key)
    requirePrimary(key)
    requireDemand(key)
    const by = call.caller.accessKeyId
    if (key.origin === 'EXTERNAL') {
      await takeUp(key, env, call.now)
      await env.events?.emit(env.unit, rotated(key, by), call.now)
    } else await rotate(key, 'ON_DEMAND', call.now, env, { onDemandRotations: key.onDemandRotations + 1 }, by)
    return { KeyId: key.arn }
  },
})

/** Material that was imported and waits becomes the key's. Recorded: the text. */
async function takeUp(key: StoredKey, { keys, imports: importsOf }: Env, now: number): Promise<void> {
  const imports = importsOf()
  const waiting = await imports.ready(key, now)
  if (waiting === undefined)
    throw new ApiError(
      'KMSInvalidStateException',
      `No available key material pending rotation for the key: ${key.arn}.`,
    )
  await imports.takeUp(key, waiting, now)
  await keys.change(key, { onDemandRotations: key.onDemandRotations + 1 })
}
