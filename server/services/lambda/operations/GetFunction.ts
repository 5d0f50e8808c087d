import type { GetFunctionRequest, GetFunctionResponse } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { functionArn, functionIn, scopeOf } from '../model/names.ts'
import { functionNotFound } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { shown, shownBuiltIn } from '../shown.ts'
import { existing, functionTarget, versionAt } from '../target.ts'

/**
 * A function with its tags and a link to its code, which is good for ten minutes and leads to this very server. Source:
 * API_GetFunction; rotation.md 14.
 */
export const GetFunction = operation<GetFunctionRequest, GetFunctionResponse>()({
  name: 'GetFunction',
  effect: 'read',
  rest: {
    method: 'GET',
    path: '/2015-03-31/functions/{FunctionName}',
    status: 200,
    query: { Qualifier: 'Qualifier' },
  },
  input: { FunctionName: required(m.NamespacedFunctionName), Qualifier: m.Qualifier },
  errors: ['InvalidParameterValueException', 'ResourceNotFoundException', 'ServiceException'],
  audit: { name: 'GetFunction20150331v2' },
  target: ({ FunctionName, Qualifier }, env, call) => functionTarget(env, call, FunctionName, Qualifier),
  async run({ FunctionName, Qualifier }, env, call) {
    const asked = functionIn(FunctionName, Qualifier, call)
    if (env.builtIn.has(asked.name))
      return { Configuration: shownBuiltIn(asked, asked.name, await env.builtInFunctions.find(asked, asked.name)) }
    const { id, found } = await existing(env, call, FunctionName, Qualifier)
    const version = await versionAt(env, found, id.qualifier)
    if (version === undefined) throw functionNotFound(functionArn(id, id.name, id.qualifier))
    const { tags, reserved } = found
    const scheme = call.secure ? 'https' : 'http'
    const path = env.downloads.path(found, version.code.id, call.now)
    return {
      Configuration: await shown(found, version, env.environments, env.keys, scopeOf(id.qualifier)),
      Code: { RepositoryType: 'S3', Location: `${scheme}://${call.host ?? 'localhost'}${path}` },
      ...(tags.size === 0 ? {} : { Tags: Object.fromEntries(tags) }),
      ...(reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }),
    }
  },
})
