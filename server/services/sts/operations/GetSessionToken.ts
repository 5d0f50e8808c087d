import type { GetSessionTokenRequest, GetSessionTokenResponse } from '@aws-sdk/client-sts'
import type { Answer } from '#kernel/wire'
import { refuseSecondFactor } from '../mfa.ts'
import * as m from '../model/members.ts'
import { userSeconds } from '../model/role.ts'
import { operation } from '../operation.ts'
import { credentialsShown, requestShown } from '../recorded.ts'

const input = {
  DurationSeconds: m.Duration,
  SerialNumber: m.SerialNumber,
  TokenCode: m.TokenCode,
  MinimumSessionTokenSize: m.MinimumSessionTokenSize,
} as const

/**
 * Temporary credentials of the caller itself, a user or root. Nobody needs to allow it, but policies can deny it. Sessions
 * may not call it (`excluded`). Source: API_GetSessionToken, access.md 4 and 5.5.
 */
export const GetSessionToken = operation<GetSessionTokenRequest, Answer<GetSessionTokenResponse, 'Credentials'>>()({
  name: 'GetSessionToken',
  effect: 'read',
  input,
  errors: [],
  audit: {
    request: requestShown(input, ['TokenCode']),
    response: (out) => ({ credentials: credentialsShown(out) }),
  },
  target: async () => ({ resource: '*', unlessDenied: true }),
  async run(input, { issue }, { caller, now }) {
    refuseSecondFactor(input)
    const { account, userId: principal } = caller
    const seconds = userSeconds(input.DurationSeconds, caller.kind === 'root')
    return issue({ kind: 'user', account, principal, name: '', seconds }, now)
  },
})
