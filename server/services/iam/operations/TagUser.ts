import type { TagUserRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { Tags, UserName } from '../model/members.ts'
import { mergedTags, sentTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { userTarget } from '../target.ts'

/** Adds tags to those of a user, or gives them other values. Source: API_TagUser, access.md 3.4. */
export const TagUser = operation<TagUserRequest, undefined>()({
  name: 'TagUser',
  effect: 'write',
  input: { UserName: required(UserName), Tags: required(Tags) },
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ConcurrentModificationException',
  ],
  target: async ({ UserName, Tags }, { users }, call) => ({
    ...userTarget(call, UserName, await users.find(UserName)),
    requestTags: sentTags(Tags),
  }),
  async run({ UserName, Tags }, { users }) {
    const user = await existing(users, UserName)
    await users.save({ ...user, tags: mergedTags(user.tags, Tags, 'User') })
    return undefined
  },
})
