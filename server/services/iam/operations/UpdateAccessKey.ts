import type { UpdateAccessKeyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { ownerOf } from '../answers.ts'
import { AccessKeyId, Status, UserName } from '../model/members.ts'
import { noSuchAccessKey } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { meantTarget } from '../target.ts'

/** Switches an access key on or off; an inactive one answers like an unknown one, at once. Source: API_UpdateAccessKey. */
export const UpdateAccessKey = operation<UpdateAccessKeyRequest, undefined>()({
  name: 'UpdateAccessKey',
  effect: 'write',
  input: { UserName, AccessKeyId: required(AccessKeyId), Status: required(Status) },
  errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException'],
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run({ UserName, AccessKeyId, Status }, { users, keys }, call) {
    const owner = await ownerOf(UserName, call, users)
    const status = Status === 'Active' ? 'Active' : 'Inactive'
    if (!(await keys.setStatus(owner.id, AccessKeyId, status))) throw noSuchAccessKey(AccessKeyId)
    return undefined
  },
})
