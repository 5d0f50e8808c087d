import type { ListTagsForResourceRequest, ListTagsForResourceResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import { shownTags } from '#kernel/values/tags'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedResources, taggingTarget } from '../tagging.ts'

/**
 * The tags of a parameter in the order in which they were created. Source: API_ListTagsForResource; parameterstore.md 7.10.
 */
export const ListTagsForResource = operation<
  ListTagsForResourceRequest,
  Answer<ListTagsForResourceResult, 'TagList'>
>()({
  name: 'ListTagsForResource',
  effect: 'read',
  input: { ResourceType: required(members.ResourceTypeForTagging), ResourceId: required(members.ResourceId) },
  errors: ['InternalServerError', 'InvalidResourceId', 'InvalidResourceType'],
  audit: { resources: ({ ResourceId }, _, call) => taggedResources(ResourceId, call) },
  target: (input, env, call) => taggingTarget(input, env, call),
  run: async (input, env) => ({ TagList: shownTags((await tagged(input, env)).tags) }),
})
