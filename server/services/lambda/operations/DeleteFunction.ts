import type { DeleteFunctionRequest, DeleteFunctionResponse } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import type { LambdaFunction } from '../model/function.ts'
import * as m from '../model/members.ts'
import { functionArn, isNumber, LATEST } from '../model/names.ts'
import { aliasNotDeletable, functionNotFound, latestNotDeletable, versionInUse } from '../model/refusals.ts'
import { type Env, operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

const MOST_ALIASES = 10_000

/**
 * Takes a function away with its versions, aliases, permissions and waiting events, or one of its versions. Source:
 * API_DeleteFunction; rotation.md 14: AWS answers 204, whatever its model says.
 */
export const DeleteFunction = operation<DeleteFunctionRequest, DeleteFunctionResponse>()({
  name: 'DeleteFunction',
  effect: 'write',
  rest: {
    method: 'DELETE',
    path: '/2015-03-31/functions/{FunctionName}',
    status: 204,
    query: { Qualifier: 'Qualifier' },
  },
  input: { FunctionName: required(m.NamespacedFunctionName), Qualifier: m.Qualifier },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'DeleteFunction20150331' },
  target: ({ FunctionName, Qualifier }, env, call) => functionTarget(env, call, FunctionName, Qualifier, false),
  async run({ FunctionName, Qualifier }, env, call) {
    const { id, found } = await existing(env, call, FunctionName, Qualifier, true)
    if (id.qualifier === undefined) {
      for (const code of await env.functions.remove(found)) await env.codes.removeUnused(found, code)
      return {}
    }
    if (id.qualifier === LATEST) throw latestNotDeletable()
    if (!isNumber(id.qualifier)) throw aliasNotDeletable()
    await removeVersion(env, found, id.qualifier)
    return {}
  },
})

async function removeVersion(env: Env, found: LambdaFunction, number: string): Promise<void> {
  const { functions, aliases, policies, codes } = env
  const version = await functions.version(found, number)
  if (version === undefined) throw functionNotFound(functionArn(found, found.name, number))
  const using = (await aliases.list(found, '', MOST_ALIASES)).filter(
    (alias) => alias.version === number || alias.route?.version === number,
  )
  if (using.length > 0) throw versionInUse(using.map(({ name }) => functionArn(found, found.name, name)))
  await functions.removeVersion(found, number)
  await policies.remove(found, number)
  await codes.removeUnused(found, version.code.id)
}
