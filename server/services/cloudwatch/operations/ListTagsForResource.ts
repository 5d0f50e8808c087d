import type { ListTagsForResourceInput, ListTagsForResourceOutput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import { shownTags } from '#kernel/values/tags'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../target.ts'

/** The tags of an alarm. Source: API_ListTagsForResource of CloudWatch. */
export const ListTagsForResource = operation<ListTagsForResourceInput, Answer<ListTagsForResourceOutput, 'Tags'>>()({
  name: 'ListTagsForResource',
  effect: 'read',
  input: { ResourceARN: required(members.AmazonResourceName) },
  errors: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  target: ({ ResourceARN }, env, call) => taggedTarget(ResourceARN, env, call),
  run: async ({ ResourceARN }, env, call) => ({ Tags: shownTags((await tagged(ResourceARN, env, call)).tags) }),
})
