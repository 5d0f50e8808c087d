import type { UpdateKeyDescriptionRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { Description, KeyId } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

/** Source: API_UpdateKeyDescription, kms.md 3.4. */
export const UpdateKeyDescription = operation<UpdateKeyDescriptionRequest, undefined>()({
  name: 'UpdateKeyDescription',
  effect: 'write',
  input: { KeyId: required(KeyId), Description: required(Description) },
  errors: ['InvalidArnException', 'KMSInternalException', 'KMSInvalidStateException', 'NotFoundException'],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run({ Description }, { keys, found }, call) {
    const key = await keys.lock(present(kept(found.located)))
    requireState(key, 'change', call.now)
    await keys.change(key, { description: Description })
    return undefined
  },
})
