import type { ListTagsRequest, ListTagsResponse } from '@aws-sdk/client-cloudtrail'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { shownTags } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** Source: API_ListTags. */
const ResourceIdList = { ...members.TextList, length: [1, 20] } as const

/** The tags of up to twenty trails. Source: API_ListTags. */
export const ListTags = operation<ListTagsRequest, Answer<ListTagsResponse, 'ResourceTagList'>>()({
  name: 'ListTags',
  effect: 'read',
  input: { ResourceIdList: required(ResourceIdList), NextToken: members.NextToken },
  errors: [
    'CloudTrailARNInvalidException',
    'InvalidTokenException',
    'InvalidTrailNameException',
    'ResourceNotFoundException',
    'ResourceTypeNotSupportedException',
  ],
  target: ({ ResourceIdList }, _env, call) => ResourceIdList.map((id) => taggedTarget(id, call)),
  async run({ ResourceIdList, NextToken }, { trails }, call) {
    // We gave nobody one.
    if (NextToken !== undefined) throw new ApiError('InvalidTokenException', 'The NextToken is not valid.')
    const ResourceTagList = []
    for (const id of ResourceIdList) {
      const { tags } = await tagged(id, trails, call)
      ResourceTagList.push({ ResourceId: id, TagsList: shownTags(tags) })
    }
    return { ResourceTagList }
  },
})
