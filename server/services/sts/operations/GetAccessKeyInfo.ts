import type { GetAccessKeyInfoRequest, GetAccessKeyInfoResponse } from '@aws-sdk/client-sts'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { operation } from '../operation.ts'

/** `accessKeyIdType`. */
const AccessKeyId = { kind: 'string', length: [16, 128], pattern: '[\\w]*' } as const

/** The account of an access key, also one of another account. Source: API_GetAccessKeyInfo, access.md 4. */
export const GetAccessKeyInfo = operation<GetAccessKeyInfoRequest, Answer<GetAccessKeyInfoResponse, 'Account'>>()({
  name: 'GetAccessKeyInfo',
  effect: 'read',
  input: { AccessKeyId: required(AccessKeyId) },
  errors: [],
  target: async () => ({ resource: '*', shown: '*' }),
  async run({ AccessKeyId }, { identities }) {
    const Account = await identities.accountOf(AccessKeyId)
    // Assumed: AWS reads the account off the id and needs no such answer; our ids don't carry it.
    if (Account === undefined) throw new ApiError('ValidationError', 'Invalid Access Key ID', 400)
    return { Account }
  },
})
