import type { GetFunctionCodeSigningConfigRequest, GetFunctionCodeSigningConfigResponse } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { functionIn } from '../model/names.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** That code is not signed here: Terraform asks for each function. Source: API_GetFunctionCodeSigningConfig. */
export const GetFunctionCodeSigningConfig = operation<
  GetFunctionCodeSigningConfigRequest,
  GetFunctionCodeSigningConfigResponse
>()({
  name: 'GetFunctionCodeSigningConfig',
  effect: 'read',
  rest: { method: 'GET', path: '/2020-06-30/functions/{FunctionName}/code-signing-config', status: 200 },
  input: { FunctionName: required(m.NamespacedFunctionName) },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'GetFunctionCodeSigningConfig20200630' },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run({ FunctionName }, env, call) {
    const { name } = functionIn(FunctionName, undefined, call)
    if (!env.builtIn.has(name)) await existing(env, call, FunctionName)
    return { CodeSigningConfigArn: '', FunctionName: name }
  },
})
