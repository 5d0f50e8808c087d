import type { FunctionConfiguration, ListFunctionsRequest, ListFunctionsResponse } from '@aws-sdk/client-lambda'
import type { Call } from '#kernel/call'
import * as m from '../model/members.ts'
import type { LambdaFunction, Version } from '../model/function.ts'
import { type Env, operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { latestOf } from '../publishing.ts'
import { shown, shownBuiltIn } from '../shown.ts'
import { everything } from '../target.ts'

/** Most versions that one function shows in the list of all versions; AWS pages them. */
const MOST_VERSIONS = 1000

/**
 * The functions of the account in the order of their names, those that are built in among them. Source: API_ListFunctions;
 * rotation.md 14. Assumed: a page counts functions, also with all of their versions.
 */
export const ListFunctions = operation<ListFunctionsRequest, ListFunctionsResponse>()({
  name: 'ListFunctions',
  effect: 'read',
  rest: {
    method: 'GET',
    path: '/2015-03-31/functions',
    status: 200,
    query: { MasterRegion: 'MasterRegion', FunctionVersion: 'FunctionVersion', Marker: 'Marker', MaxItems: 'MaxItems' },
  },
  input: {
    MasterRegion: m.MasterRegion,
    FunctionVersion: m.FunctionVersion,
    Marker: m.Marker,
    MaxItems: m.MaxItems,
  },
  errors: ['InvalidParameterValueException', 'ServiceException'],
  audit: { name: 'ListFunctions20150331' },
  target: async () => everything,
  async run(input, env, call) {
    const bound = ['ListFunctions', call.account, call.region, input.FunctionVersion ?? '']
    const load = (after: string, most: number) => named(env, call, after, most)
    const { items, ...next } = await pageOf(input, bound, env.paging, load, ({ name }) => name)
    const Functions: FunctionConfiguration[] = []
    for (const { name, found } of items) {
      if (found === undefined) Functions.push(shownBuiltIn(call, name, await env.builtInFunctions.find(call, name)))
      else
        for (const version of await versionsOf(env, found, input.FunctionVersion === 'ALL'))
          Functions.push(await shown(found, version, env.environments, undefined))
    }
    return { ...next, Functions }
  },
})

interface Named {
  readonly name: string
  /** Undefined: it is built in. */
  readonly found: LambdaFunction | undefined
}

/** Own functions and built-in ones behind `after`, by name. */
async function named({ functions, builtIn }: Env, call: Call, after: string, most: number): Promise<Named[]> {
  const own: Named[] = (await functions.list(call, after, most)).map((found) => ({ name: found.name, found }))
  const others: Named[] = builtIn.names.filter((name) => name > after).map((name) => ({ name, found: undefined }))
  return [...own, ...others].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, most)
}

async function versionsOf(env: Env, found: LambdaFunction, all: boolean): Promise<readonly Version[]> {
  return all ? env.functions.versions(found, 0, MOST_VERSIONS) : [await latestOf(env, found)]
}
