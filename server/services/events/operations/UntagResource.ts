import type { UntagResourceRequest, UntagResourceResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { withoutTags } from '#kernel/values/tags'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { saveTags, tagged, taggedTarget } from '../tagging.ts'

/** Takes tags from a rule or a bus. Source: API_UntagResource. */
export const UntagResource = operation<UntagResourceRequest, UntagResourceResponse>()({
  name: 'UntagResource',
  effect: 'write',
  input: { ResourceARN: required(m.Arn), TagKeys: required(m.TagKeyList) },
  errors: ['ConcurrentModificationException', 'InternalException', 'ManagedRuleException', 'ResourceNotFoundException'],
  target: async ({ ResourceARN, TagKeys }, env, call) => ({
    ...(await taggedTarget(ResourceARN, env, call)),
    tagKeys: TagKeys,
  }),
  async run({ ResourceARN, TagKeys }, env, call) {
    const found = await tagged(ResourceARN, env, 'lock')
    await saveTags(found, withoutTags(found.tags, TagKeys), env, call)
    return {}
  },
})
