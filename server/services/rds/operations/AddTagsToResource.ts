import type { AddTagsToResourceMessage } from '@aws-sdk/client-rds'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { checkedTags, withTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** Sets tags of a registered database by key; the others stay. Source: API_AddTagsToResource. */
export const AddTagsToResource = operation<AddTagsToResourceMessage, undefined>()({
  name: 'AddTagsToResource',
  effect: 'write',
  input: { ResourceName: required(members.Identifier), Tags: required(members.Tags) },
  errors: ['DBInstanceNotFoundFault', 'DBClusterNotFoundFault'],
  target: ({ ResourceName, Tags }, env, call) => taggedTarget(ResourceName, env, call, { requestTags: tagsIn(Tags) }),
  async run({ ResourceName, Tags }, env, call) {
    const more = checkedTags(Tags)
    const database = await tagged(ResourceName, env, call)
    await env.databases.save({ ...database, tags: withTags(database.tags, more) })
    return undefined
  },
})
