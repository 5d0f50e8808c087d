import type { DeleteAliasRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/**
 * Takes an alias away, with the permissions that stand at it. One that is not there is as good as deleted. Source:
 * API_DeleteAlias, whose model has no ResourceNotFoundException; rotation.md 14, 14.3.
 */
export const DeleteAlias = operation<DeleteAliasRequest, void>()({
  name: 'DeleteAlias',
  effect: 'write',
  rest: { method: 'DELETE', path: '/2015-03-31/functions/{FunctionName}/aliases/{Name}', status: 204 },
  input: { FunctionName: required(m.FunctionName), Name: required(m.Alias) },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'DeleteAlias20150331' },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run({ FunctionName, Name }, env, call) {
    const { found } = await existing(env, call, FunctionName, undefined, true)
    await env.aliases.remove(found, Name)
    await env.policies.remove(found, Name)
  },
})
