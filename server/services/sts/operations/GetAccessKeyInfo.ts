import type { GetAccessKeyInfoRequest, GetAccessKeyInfoResponse } from '@aws-sdk/client-sts'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { accountIn } from '../model/access-key.ts'
import { AccessKeyId } from '../model/members.ts'
import { invalid } from '../model/refusals.ts'
import { operation } from '../operation.ts'

/**
 * The account of an access key, also one of another account. The id of temporary credentials tells it, whether they are still
 * good or not. Source: API_GetAccessKeyInfo, access.md 4.
 */
export const GetAccessKeyInfo = operation<GetAccessKeyInfoRequest, Answer<GetAccessKeyInfoResponse, 'Account'>>()({
  name: 'GetAccessKeyInfo',
  effect: 'read',
  input: { AccessKeyId: required(AccessKeyId) },
  errors: [],
  target: async () => ({ resource: '*' }),
  async run({ AccessKeyId }, { identities }) {
    const Account = accountIn(AccessKeyId) ?? (await identities.accountOf(AccessKeyId))
    // Assumed: AWS reads the account off every id; those of our long-term keys don't carry it.
    if (Account === undefined) throw invalid('Invalid Access Key ID')
    return { Account }
  },
})
