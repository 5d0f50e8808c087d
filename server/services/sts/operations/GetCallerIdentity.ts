import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from '@aws-sdk/client-sts'
import type { Answer } from '#kernel/wire'
import { operation } from '../operation.ts'

type Identity = Answer<GetCallerIdentityResponse, 'UserId' | 'Account' | 'Arn'>

/** Who asks. No permission is needed, and not even an explicit deny counts. Source: API_GetCallerIdentity, access.md 4. */
export const GetCallerIdentity = operation<GetCallerIdentityRequest, Identity>()({
  name: 'GetCallerIdentity',
  effect: 'read',
  open: true,
  input: {},
  errors: [],
  target: async () => ({ resource: '*' }),
  async run(_input, _env, { caller }) {
    return { UserId: caller.userId, Account: caller.account, Arn: caller.arn }
  },
})
