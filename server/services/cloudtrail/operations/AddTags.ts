import type { AddTagsRequest, AddTagsResponse } from '@aws-sdk/client-cloudtrail'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { checkCount, checkedTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** Adds tags to a trail, or replaces them by their keys. Source: API_AddTags. */
export const AddTags = operation<AddTagsRequest, AddTagsResponse>()({
  name: 'AddTags',
  effect: 'write',
  input: { ResourceId: required(members.Text), TagsList: required(members.TagsList) },
  errors: [
    'CloudTrailARNInvalidException',
    'InvalidTagParameterException',
    'InvalidTrailNameException',
    'ResourceNotFoundException',
    'ResourceTypeNotSupportedException',
    'TagsLimitExceededException',
  ],
  target: ({ ResourceId, TagsList }, _env, call) => taggedTarget(ResourceId, call, { requestTags: tagsIn(TagsList) }),
  async run({ ResourceId, TagsList }, { trails }, call) {
    const more = checkedTags(TagsList)
    const trail = await tagged(ResourceId, trails, call)
    const tags = new Map([...trail.tags, ...more])
    checkCount(tags)
    await trails.save({ ...trail, tags })
    return {}
  },
})
