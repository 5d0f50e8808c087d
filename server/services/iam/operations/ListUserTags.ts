import type { ListUserTagsRequest, ListUserTagsResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { Marker, MaxItems, UserName } from '../model/members.ts'
import { tagPage } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { userTarget } from '../target.ts'

/** The tags of a user, page by page, in the order of their keys. Source: API_ListUserTags. */
export const ListUserTags = operation<ListUserTagsRequest, ListUserTagsResponse>()({
  name: 'ListUserTags',
  effect: 'read',
  input: { UserName: required(UserName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ UserName }, { users }, call) => userTarget(call, UserName, await users.find(UserName)),
  async run(input, { users }) {
    const { tags } = await existing(users, input.UserName)
    return tagPage(tags, input)
  },
})
