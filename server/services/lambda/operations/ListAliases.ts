import type { ListAliasesRequest, ListAliasesResponse } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import { shownAlias } from '../model/alias.ts'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { existing, functionTarget } from '../target.ts'

/** The aliases of a function by name, all or those that mean one version. Source: API_ListAliases; rotation.md 14. */
export const ListAliases = operation<ListAliasesRequest, ListAliasesResponse>()({
  name: 'ListAliases',
  effect: 'read',
  rest: {
    method: 'GET',
    path: '/2015-03-31/functions/{FunctionName}/aliases',
    status: 200,
    query: { FunctionVersion: 'FunctionVersion', Marker: 'Marker', MaxItems: 'MaxItems' },
  },
  input: {
    FunctionName: required(m.FunctionName),
    FunctionVersion: m.AliasVersion,
    Marker: m.Marker,
    MaxItems: m.MaxItems,
  },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'ListAliases20150331' },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run(input, env, call) {
    const { found } = await existing(env, call, input.FunctionName)
    const version = input.FunctionVersion
    const bound = ['ListAliases', found.id, version ?? '']
    const load = (after: string, most: number) => env.aliases.list(found, after, most)
    const { items, ...next } = await pageOf(input, bound, env.paging, load, ({ name }) => name)
    const meant = items.filter(
      (alias) => version === undefined || alias.version === version || alias.route?.version === version,
    )
    return { ...next, Aliases: meant.map((alias) => shownAlias(found, alias)) }
  },
})
