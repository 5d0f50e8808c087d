import type { UntagResourceRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import { withoutTags } from '#kernel/values/tags'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** Takes tags from a function. Source: API_UntagResource; rotation.md 14. */
export const UntagResource = operation<UntagResourceRequest, void>()({
  name: 'UntagResource',
  effect: 'write',
  rest: { method: 'DELETE', path: '/2017-03-31/tags/{Resource}', status: 204, query: { TagKeys: 'tagKeys' } },
  input: { Resource: required(m.Resource), TagKeys: required(m.TagKeys) },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'UntagResource20170331v2' },
  async target({ Resource, TagKeys }, env, call) {
    return { ...(await functionTarget(env, call, Resource, undefined, false)), tagKeys: TagKeys }
  },
  async run({ Resource, TagKeys }, env, call) {
    const { found } = await existing(env, call, Resource, undefined, true)
    await env.functions.save({ ...found, tags: withoutTags(found.tags, TagKeys) })
  },
})
