import type {
  FunctionConfiguration,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
} from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { functionIn, LATEST } from '../model/names.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { shown, shownBuiltIn } from '../shown.ts'
import { existing, functionTarget } from '../target.ts'

/** $LATEST, then the versions in the order of their numbers. Source: API_ListVersionsByFunction; rotation.md 14. */
export const ListVersionsByFunction = operation<ListVersionsByFunctionRequest, ListVersionsByFunctionResponse>()({
  name: 'ListVersionsByFunction',
  effect: 'read',
  rest: {
    method: 'GET',
    path: '/2015-03-31/functions/{FunctionName}/versions',
    status: 200,
    query: { Marker: 'Marker', MaxItems: 'MaxItems' },
  },
  input: { FunctionName: required(m.NamespacedFunctionName), Marker: m.Marker, MaxItems: m.MaxItems },
  errors: ['InvalidParameterValueException', 'ResourceNotFoundException', 'ServiceException'],
  audit: { name: 'ListVersionsByFunction20150331' },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run(input, env, call) {
    const asked = functionIn(input.FunctionName, undefined, call)
    if (env.builtIn.has(asked.name)) return { Versions: [shownBuiltIn(asked, asked.name)] }
    const { found } = await existing(env, call, input.FunctionName)
    const bound = ['ListVersionsByFunction', found.id]
    const load = (after: string, most: number) =>
      env.functions.versions(found, after === '' ? 0 : Number(after) + 1, most)
    const keyOf = ({ version }: { readonly version: string }) => (version === LATEST ? '0' : version)
    const { items, ...next } = await pageOf(input, bound, env.paging, load, keyOf)
    const Versions: FunctionConfiguration[] = []
    for (const version of items)
      Versions.push(await shown(found, version, env.environments, undefined, version.version))
    return { ...next, Versions }
  },
})
