import type { TagResourceRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId, Tags } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { readTags, withTags } from '../model/tags.ts'
import { kept, operation } from '../operation.ts'

/** Puts tags on a key, over those of the same keys. Source: API_TagResource, kms.md 10. */
export const TagResource = operation<TagResourceRequest, undefined>()({
  name: 'TagResource',
  effect: 'write',
  input: { KeyId: required(KeyId), Tags: required(Tags) },
  errors: [
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'NotFoundException',
    'TagException',
  ],
  async target({ KeyId, Tags }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located, { requestTags: readTags(Tags) })
  },
  async run({ Tags }, { keys, found }, call) {
    const key = await keys.lock(present(kept(found.located)))
    requireState(key, 'change', call.now)
    await keys.change(key, { tags: withTags(key.tags, readTags(Tags)) })
    return undefined
  },
})
