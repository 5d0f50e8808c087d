import type { TagResourceRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { checkedTags, withTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** Adds tags to a function. Source: API_TagResource; rotation.md 14. */
export const TagResource = operation<TagResourceRequest, void>()({
  name: 'TagResource',
  effect: 'write',
  rest: { method: 'POST', path: '/2017-03-31/tags/{Resource}', status: 204 },
  input: { Resource: required(m.Resource), Tags: required(m.Tags) },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'TagResource20170331v2' },
  async target({ Resource, Tags }, env, call) {
    const target = await functionTarget(env, call, Resource, undefined, false)
    return { ...target, requestTags: new Map(Object.entries(Tags)) }
  },
  async run({ Resource, Tags }, env, call) {
    const { found } = await existing(env, call, Resource, undefined, true)
    await env.functions.save({ ...found, tags: withTags(found.tags, checkedTags(Tags)) })
  },
})
