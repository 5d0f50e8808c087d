import type { UpdateUserRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { pathOf, userArn } from '../model/identity.ts'
import { NewUserName, Path, UserName } from '../model/members.ts'
import { alreadyExists } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { newcomer, userTarget } from '../target.ts'

/**
 * Gives a user another name or path; id, keys and policies stay. Both the old and the new ARN must be allowed.
 * Source: API_UpdateUser.
 */
export const UpdateUser = operation<UpdateUserRequest, undefined>()({
  name: 'UpdateUser',
  effect: 'write',
  input: { UserName: required(UserName), NewPath: Path, NewUserName },
  errors: ['NoSuchEntityException', 'EntityAlreadyExistsException'],
  async target({ UserName, NewPath, NewUserName }, { users }, call) {
    const user = await users.find(UserName)
    const path = NewPath === undefined ? (user?.path ?? '/') : pathOf(NewPath)
    const arn = userArn(call.account, path, NewUserName ?? UserName)
    return [userTarget(call, UserName, user), newcomer(arn, new Map())]
  },
  async run({ UserName, NewPath, NewUserName }, { users }) {
    const user = await existing(users, UserName)
    if (NewUserName !== undefined) {
      const other = await users.findAnyCase(NewUserName)
      if (other !== undefined && other.id !== user.id) {
        throw alreadyExists(`User with name ${NewUserName} already exists.`)
      }
    }
    await users.rename(user, NewUserName ?? user.name, NewPath === undefined ? user.path : pathOf(NewPath))
    return undefined
  },
})
