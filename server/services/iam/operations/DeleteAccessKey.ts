import type { DeleteAccessKeyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { ownerOf } from '../answers.ts'
import { AccessKeyId, UserName } from '../model/members.ts'
import { noSuchAccessKey } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { meantTarget } from '../target.ts'

/** Deletes an access key; requests signed with it are refused at once. Source: API_DeleteAccessKey. */
export const DeleteAccessKey = operation<DeleteAccessKeyRequest, undefined>()({
  name: 'DeleteAccessKey',
  effect: 'write',
  input: { UserName, AccessKeyId: required(AccessKeyId) },
  errors: ['NoSuchEntityException', 'LimitExceededException'],
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run({ UserName, AccessKeyId }, { users, keys }, call) {
    const owner = await ownerOf(UserName, call, users)
    if (!(await keys.remove(owner.id, AccessKeyId))) throw noSuchAccessKey(AccessKeyId)
    return undefined
  },
})
