import type { CreateUserRequest, CreateUserResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { shownUser } from '../answers.ts'
import { checkBoundary } from '../boundary.ts'
import { pathOf, uniqueId, userArn } from '../model/identity.ts'
import { Arn, NewUserName, Path, Tags } from '../model/members.ts'
import { alreadyExists, quotaExceeded } from '../model/refusals.ts'
import { sentTags, tagsOf } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { newcomer, tagged } from '../target.ts'
import type { User } from '../users.ts'

/** Makes a user without keys or permissions. Source: API_CreateUser, access.md 3.2, 3.4. */
export const CreateUser = operation<CreateUserRequest, Answer<CreateUserResponse, 'User'>>()({
  name: 'CreateUser',
  effect: 'write',
  input: { Path, UserName: required(NewUserName), PermissionsBoundary: Arn, Tags },
  errors: [
    'EntityAlreadyExistsException',
    'LimitExceededException',
    'InvalidInputException',
    'NoSuchEntityException',
    'ConcurrentModificationException',
  ],
  audit: {
    response: ({ User }) => ({
      user: { path: User.Path, userName: User.UserName, userId: User.UserId, arn: User.Arn },
    }),
  },
  target: async ({ Path, UserName, PermissionsBoundary, Tags }, _env, { account }) =>
    tagged(
      newcomer(userArn(account, pathOf(Path), UserName), sentTags(Tags), {
        'iam:PermissionsBoundary': PermissionsBoundary,
      }),
      'iam:TagUser',
    ),
  async run({ Path, UserName, PermissionsBoundary, Tags }, { users, policies, random, limits }, { account, now }) {
    const path = pathOf(Path)
    if ((await users.findAnyCase(UserName)) !== undefined) {
      throw alreadyExists(`User with name ${UserName} already exists.`)
    }
    if ((await users.count()) >= limits.users) throw quotaExceeded('UsersPerAccount', limits.users)
    if (PermissionsBoundary !== undefined) await checkBoundary(policies, PermissionsBoundary)
    const user: User = {
      name: UserName,
      path,
      arn: userArn(account, path, UserName),
      id: uniqueId(random, 'AIDA'),
      tags: tagsOf(Tags),
      boundary: PermissionsBoundary,
      createdAt: now,
    }
    await users.add(user)
    return { User: shownUser(user) }
  },
})
