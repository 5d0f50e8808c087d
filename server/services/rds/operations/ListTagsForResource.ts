import type { ListTagsForResourceMessage, TagListMessage } from '@aws-sdk/client-rds'
import { required } from '#kernel/shape'
import { shownTags } from '#kernel/values/tags'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** The tags of a registered database. Source: API_ListTagsForResource. */
export const ListTagsForResource = operation<ListTagsForResourceMessage, Answer<TagListMessage, 'TagList'>>()({
  name: 'ListTagsForResource',
  effect: 'read',
  input: { ResourceName: required(members.Identifier), Filters: members.Filters },
  errors: ['DBInstanceNotFoundFault', 'DBClusterNotFoundFault'],
  target: ({ ResourceName }, env, call) => taggedTarget(ResourceName, env, call),
  run: async ({ ResourceName }, env, call) => ({ TagList: shownTags((await tagged(ResourceName, env, call)).tags) }),
})
