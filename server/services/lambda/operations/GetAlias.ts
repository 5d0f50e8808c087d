import type { AliasConfiguration, GetAliasRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import { existingAlias } from '../aliases.ts'
import { shownAlias } from '../model/alias.ts'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** One alias. Source: API_GetAlias; rotation.md 14. */
export const GetAlias = operation<GetAliasRequest, AliasConfiguration>()({
  name: 'GetAlias',
  effect: 'read',
  rest: { method: 'GET', path: '/2015-03-31/functions/{FunctionName}/aliases/{Name}', status: 200 },
  input: { FunctionName: required(m.FunctionName), Name: required(m.Alias) },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'GetAlias20150331' },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run({ FunctionName, Name }, env, call) {
    const { found } = await existing(env, call, FunctionName)
    return shownAlias(found, await existingAlias(env, found, Name))
  },
})
