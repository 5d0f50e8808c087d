import type { GetFunctionConcurrencyRequest, GetFunctionConcurrencyResponse } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { functionIn } from '../model/names.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** What is kept for a function; nothing where nothing is. Source: API_GetFunctionConcurrency; rotation.md 14. */
export const GetFunctionConcurrency = operation<GetFunctionConcurrencyRequest, GetFunctionConcurrencyResponse>()({
  name: 'GetFunctionConcurrency',
  effect: 'read',
  rest: { method: 'GET', path: '/2019-09-30/functions/{FunctionName}/concurrency', status: 200 },
  input: { FunctionName: required(m.FunctionName) },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'GetFunctionConcurrency20190930' },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run({ FunctionName }, env, call) {
    if (env.builtIn.has(functionIn(FunctionName, undefined, call).name)) return {}
    const { found } = await existing(env, call, FunctionName)
    return found.reserved === undefined ? {} : { ReservedConcurrentExecutions: found.reserved }
  },
})
