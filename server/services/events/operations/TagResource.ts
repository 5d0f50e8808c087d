import type { TagResourceRequest, TagResourceResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import * as m from '../model/members.ts'
import { checkedTags, withTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { saveTags, tagged, taggedTarget } from '../tagging.ts'

/** Adds tags to a rule or a bus. Source: API_TagResource. */
export const TagResource = operation<TagResourceRequest, TagResourceResponse>()({
  name: 'TagResource',
  effect: 'write',
  input: { ResourceARN: required(m.Arn), Tags: required(m.TagList) },
  errors: ['ConcurrentModificationException', 'InternalException', 'ManagedRuleException', 'ResourceNotFoundException'],
  async target({ ResourceARN, Tags }, env, call) {
    const requestTags = tagsIn(Tags)
    return { ...(await taggedTarget(ResourceARN, env, call)), requestTags }
  },
  async run({ ResourceARN, Tags }, env, call) {
    const found = await tagged(ResourceARN, env, 'lock')
    await saveTags(found, withTags(found.tags, checkedTags(Tags)), env, call)
    return {}
  },
})
