import type { CreateAccessKeyRequest, CreateAccessKeyResponse } from '@aws-sdk/client-iam'
import { Secret } from '#kernel/values/bytes'
import type { Answer } from '#kernel/wire'
import { ownerOf } from '../answers.ts'
import { newAccessKeyId, newSecretAccessKey } from '../model/identity.ts'
import { UserName } from '../model/members.ts'
import { quotaExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { meantTarget } from '../target.ts'

/**
 * Makes an access key for a user, or for the caller. This answer is the only one that ever carries the secret.
 * Source: API_CreateAccessKey, access.md 3.4.
 */
export const CreateAccessKey = operation<CreateAccessKeyRequest, Answer<CreateAccessKeyResponse, 'AccessKey'>>()({
  name: 'CreateAccessKey',
  effect: 'write',
  input: { UserName },
  errors: ['NoSuchEntityException', 'LimitExceededException'],
  audit: {
    response: ({ AccessKey }) => ({
      accessKey: { userName: AccessKey.UserName, accessKeyId: AccessKey.AccessKeyId, status: AccessKey.Status },
    }),
  },
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run({ UserName }, { users, keys, random, limits }, call) {
    const owner = await ownerOf(UserName, call, users)
    if ((await keys.count(owner.id)) >= limits.accessKeys) {
      throw quotaExceeded('AccessKeysPerUser', limits.accessKeys)
    }
    const id = newAccessKeyId(random)
    const secret = new Secret(newSecretAccessKey(random))
    await keys.add(owner.id, id, secret, call.now)
    return {
      AccessKey: {
        UserName: owner.name,
        AccessKeyId: id,
        Status: 'Active',
        SecretAccessKey: secret.reveal(),
        CreateDate: new Date(call.now),
      },
    }
  },
})
