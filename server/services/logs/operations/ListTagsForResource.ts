import type { ListTagsForResourceRequest, ListTagsForResourceResponse } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

type Listed = Answer<ListTagsForResourceResponse, 'tags'>

/** The tags of a group. Source: API_ListTagsForResource. */
export const ListTagsForResource = operation<ListTagsForResourceRequest, Listed>()({
  name: 'ListTagsForResource',
  effect: 'read',
  input: { resourceArn: required(members.AmazonResourceName) },
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  target: ({ resourceArn }, env, call) => taggedTarget(resourceArn, env, call),
  async run({ resourceArn }, { groups }, call) {
    const { tags } = await groups.existing(tagged(resourceArn, call))
    return { tags: Object.fromEntries(tags) }
  },
})
