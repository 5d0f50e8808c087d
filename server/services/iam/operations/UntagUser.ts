import type { UntagUserRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { TagKeys, UserName } from '../model/members.ts'
import { remainingTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { userTarget } from '../target.ts'

/** Takes tags off a user; keys that it does not have are passed over. Source: API_UntagUser. */
export const UntagUser = operation<UntagUserRequest, undefined>()({
  name: 'UntagUser',
  effect: 'write',
  input: { UserName: required(UserName), TagKeys: required(TagKeys) },
  errors: ['NoSuchEntityException', 'ConcurrentModificationException'],
  target: async ({ UserName, TagKeys }, { users }, call) => ({
    ...userTarget(call, UserName, await users.find(UserName)),
    tagKeys: TagKeys,
  }),
  async run({ UserName, TagKeys }, { users }) {
    const user = await existing(users, UserName)
    await users.save({ ...user, tags: remainingTags(user.tags, TagKeys) })
    return undefined
  },
})
