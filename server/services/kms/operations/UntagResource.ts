import type { UntagResourceRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { withoutTags } from '#kernel/values/tags'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId, TagKeys } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { checkTagKeys } from '../model/tags.ts'
import { kept, operation } from '../operation.ts'

/** Takes tags off a key; those that are not there are passed over. Source: API_UntagResource, kms.md 10. */
export const UntagResource = operation<UntagResourceRequest, undefined>()({
  name: 'UntagResource',
  effect: 'write',
  input: { KeyId: required(KeyId), TagKeys: required(TagKeys) },
  errors: [
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'TagException',
  ],
  async target({ KeyId, TagKeys }, { keys, found }, call) {
    checkTagKeys(TagKeys)
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located, { tagKeys: TagKeys })
  },
  async run({ TagKeys }, { keys, found }, call) {
    const key = await keys.lock(present(kept(found.located)))
    requireState(key, 'change', call.now)
    await keys.change(key, { tags: withoutTags(key.tags, TagKeys) })
    return undefined
  },
})
