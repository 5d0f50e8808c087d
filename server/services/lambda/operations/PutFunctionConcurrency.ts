import type { Concurrency, PutFunctionConcurrencyRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { tooMuchReserved } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** Keeps executions for a function, which are then its most, too; none at all: it does not run. Source: API_PutFunctionConcurrency. */
export const PutFunctionConcurrency = operation<PutFunctionConcurrencyRequest, Concurrency>()({
  name: 'PutFunctionConcurrency',
  effect: 'write',
  rest: { method: 'PUT', path: '/2017-10-31/functions/{FunctionName}/concurrency', status: 200 },
  input: {
    FunctionName: required(m.FunctionName),
    ReservedConcurrentExecutions: required(m.ReservedConcurrentExecutions),
  },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'PutFunctionConcurrency20171031' },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run({ FunctionName, ReservedConcurrentExecutions: reserved }, env, call) {
    const { found } = await existing(env, call, FunctionName, undefined, true)
    const { concurrency, leastUnreserved } = env.limits
    const others = await env.functions.reservedBeside(found, found.name)
    if (concurrency - others - reserved < leastUnreserved) throw tooMuchReserved(leastUnreserved)
    await env.functions.save({ ...found, reserved })
    return { ReservedConcurrentExecutions: reserved }
  },
})
