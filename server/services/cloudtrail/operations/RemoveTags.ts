import type { RemoveTagsRequest, RemoveTagsResponse } from '@aws-sdk/client-cloudtrail'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** Takes tags off a trail, by their keys; a value that is given must be the one that is there. Source: API_RemoveTags. */
export const RemoveTags = operation<RemoveTagsRequest, RemoveTagsResponse>()({
  name: 'RemoveTags',
  effect: 'write',
  input: { ResourceId: required(members.Text), TagsList: required(members.TagsList) },
  errors: [
    'CloudTrailARNInvalidException',
    'InvalidTrailNameException',
    'ResourceNotFoundException',
    'ResourceTypeNotSupportedException',
  ],
  target: ({ ResourceId, TagsList }, _env, call) =>
    taggedTarget(ResourceId, call, { tagKeys: TagsList.map(({ Key = '' }) => Key) }),
  async run({ ResourceId, TagsList }, { trails }, call) {
    const trail = await tagged(ResourceId, trails, call)
    const tags = new Map(trail.tags)
    for (const { Key = '', Value } of TagsList) if (Value === undefined || tags.get(Key) === Value) tags.delete(Key)
    await trails.save({ ...trail, tags })
    return {}
  },
})
