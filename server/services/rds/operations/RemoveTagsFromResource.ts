import type { RemoveTagsFromResourceMessage } from '@aws-sdk/client-rds'
import { required } from '#kernel/shape'
import { withoutTags } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** Takes tags of a registered database off by key; absent ones are ignored. Source: API_RemoveTagsFromResource. */
export const RemoveTagsFromResource = operation<RemoveTagsFromResourceMessage, undefined>()({
  name: 'RemoveTagsFromResource',
  effect: 'write',
  input: { ResourceName: required(members.Identifier), TagKeys: required(members.Texts) },
  errors: ['DBInstanceNotFoundFault', 'DBClusterNotFoundFault'],
  target: ({ ResourceName, TagKeys }, env, call) => taggedTarget(ResourceName, env, call, { tagKeys: TagKeys }),
  async run({ ResourceName, TagKeys }, env, call) {
    const database = await tagged(ResourceName, env, call)
    await env.databases.save({ ...database, tags: withoutTags(database.tags, TagKeys) })
    return undefined
  },
})
