import type { ListTagsLogGroupRequest, ListTagsLogGroupResponse } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

type Listed = Answer<ListTagsLogGroupResponse, 'tags'>

/** The older form of ListTagsForResource. Source: API_ListTagsLogGroup. */
export const ListTagsLogGroup = operation<ListTagsLogGroupRequest, Listed>()({
  name: 'ListTagsLogGroup',
  effect: 'read',
  input: { logGroupName: required(members.LogGroupName) },
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  target: targetOf,
  async run(input, { groups }, call) {
    const { tags } = await groups.existing(groupNamed(input, call))
    return { tags: Object.fromEntries(tags) }
  },
})
