import type { DeleteFunctionConcurrencyRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** Has a function share what is left with all others. Source: API_DeleteFunctionConcurrency; rotation.md 14. */
export const DeleteFunctionConcurrency = operation<DeleteFunctionConcurrencyRequest, void>()({
  name: 'DeleteFunctionConcurrency',
  effect: 'write',
  rest: { method: 'DELETE', path: '/2017-10-31/functions/{FunctionName}/concurrency', status: 204 },
  input: { FunctionName: required(m.FunctionName) },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'DeleteFunctionConcurrency20171031' },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run({ FunctionName }, env, call) {
    const { found } = await existing(env, call, FunctionName, undefined, true)
    await env.functions.save({ ...found, reserved: undefined })
  },
})
