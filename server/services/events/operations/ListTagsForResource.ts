import type { ListTagsForResourceRequest, ListTagsForResourceResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { shownTags } from '#kernel/values/tags'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** The tags of a rule or a bus. Source: API_ListTagsForResource. */
export const ListTagsForResource = operation<ListTagsForResourceRequest, ListTagsForResourceResponse>()({
  name: 'ListTagsForResource',
  effect: 'read',
  input: { ResourceARN: required(m.Arn) },
  errors: ['InternalException', 'ResourceNotFoundException'],
  target: ({ ResourceARN }, env, call) => taggedTarget(ResourceARN, env, call),
  async run({ ResourceARN }, env) {
    return { Tags: shownTags((await tagged(ResourceARN, env)).tags) }
  },
})
