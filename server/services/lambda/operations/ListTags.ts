import type { ListTagsRequest, ListTagsResponse } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { functionIn } from '../model/names.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** The tags of a function. Source: API_ListTags; rotation.md 14. */
export const ListTags = operation<ListTagsRequest, ListTagsResponse>()({
  name: 'ListTags',
  effect: 'read',
  rest: { method: 'GET', path: '/2017-03-31/tags/{Resource}', status: 200 },
  input: { Resource: required(m.Resource) },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'ListTags20170331' },
  target: ({ Resource }, env, call) => functionTarget(env, call, Resource, undefined, false),
  async run({ Resource }, env, call) {
    if (env.builtIn.has(functionIn(Resource, undefined, call).name)) return { Tags: {} }
    const { found } = await existing(env, call, Resource)
    return { Tags: Object.fromEntries(found.tags) }
  },
})
