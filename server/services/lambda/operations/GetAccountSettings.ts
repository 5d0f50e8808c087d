import type { GetAccountSettingsRequest, GetAccountSettingsResponse } from '@aws-sdk/client-lambda'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

/** What the account may have, and what it has. Source: API_GetAccountSettings; Lambda quotas. */
export const GetAccountSettings = operation<GetAccountSettingsRequest, GetAccountSettingsResponse>()({
  name: 'GetAccountSettings',
  effect: 'read',
  rest: { method: 'GET', path: '/2016-08-19/account-settings', status: 200 },
  input: {},
  errors: ['ServiceException'],
  audit: { name: 'GetAccountSettings20160819' },
  target: async () => everything,
  async run(_input, { functions, limits }, call) {
    const { functions: count, codeBytes } = await functions.usage(call)
    return {
      AccountLimit: {
        TotalCodeSize: limits.codeBytes,
        CodeSizeUnzipped: 262_144_000,
        CodeSizeZipped: 52_428_800,
        ConcurrentExecutions: limits.concurrency,
        UnreservedConcurrentExecutions: limits.concurrency - (await functions.reservedBeside(call, '')),
      },
      AccountUsage: { TotalCodeSize: codeBytes, FunctionCount: count },
    }
  },
})
