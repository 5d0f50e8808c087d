import type { FunctionConfiguration, GetFunctionConfigurationRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { functionArn, functionIn, scopeOf } from '../model/names.ts'
import { functionNotFound } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { shown, shownBuiltIn } from '../shown.ts'
import { existing, functionTarget, versionAt } from '../target.ts'

/** How a function is run. Source: API_GetFunctionConfiguration; rotation.md 14. */
export const GetFunctionConfiguration = operation<GetFunctionConfigurationRequest, FunctionConfiguration>()({
  name: 'GetFunctionConfiguration',
  effect: 'read',
  rest: {
    method: 'GET',
    path: '/2015-03-31/functions/{FunctionName}/configuration',
    status: 200,
    query: { Qualifier: 'Qualifier' },
  },
  input: { FunctionName: required(m.NamespacedFunctionName), Qualifier: m.Qualifier },
  errors: ['InvalidParameterValueException', 'ResourceNotFoundException', 'ServiceException'],
  audit: { name: 'GetFunctionConfiguration20150331v2' },
  target: ({ FunctionName, Qualifier }, env, call) => functionTarget(env, call, FunctionName, Qualifier),
  async run({ FunctionName, Qualifier }, env, call) {
    const asked = functionIn(FunctionName, Qualifier, call)
    if (env.builtIn.has(asked.name))
      return shownBuiltIn(asked, asked.name, await env.builtInFunctions.find(asked, asked.name))
    const { id, found } = await existing(env, call, FunctionName, Qualifier)
    const version = await versionAt(env, found, id.qualifier)
    if (version === undefined) throw functionNotFound(functionArn(id, id.name, id.qualifier))
    return shown(found, version, env.environments, env.keys, scopeOf(id.qualifier))
  },
})
