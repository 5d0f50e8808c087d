import type { Parameter as Answered, GetParametersByPathRequest, GetParametersByPathResult } from '@aws-sdk/client-ssm'
import { encodedAs, encodeJson } from '#kernel/protocol/json'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { rowsFor } from '../listing.ts'
import { type Filtering, normalised, reading, type Selector, type StringFilter } from '../model/filters.ts'
import * as members from '../model/members.ts'
import { pathOf } from '../model/name.ts'
import { below } from '../model/segments.ts'
import { shownParameter } from '../model/shown.ts'
import { operation } from '../operation.ts'
import { deniedBelow } from '../strict-paths.ts'
import { valueIn } from '../reading.ts'
import { parameterTarget } from '../target.ts'

type ByPath = Answer<GetParametersByPathResult, 'Parameters'>

const PAGE = 10

/**
 * The parameters below a path, one level or all of them, page by page in the order of their names: the newest version of each, or the
 * one that a label is on. Who may read a path may read everything below it: permission is asked for the path alone. A value that
 * can't be decrypted fails the call. Source: API_GetParametersByPath; parameterstore.md 6, 7.4.
 */
export const GetParametersByPath = operation<GetParametersByPathRequest, ByPath>()({
  name: 'GetParametersByPath',
  effect: 'read',
  input: {
    Path: required(members.PSParameterName),
    Recursive: members.Flag,
    ParameterFilters: members.ParameterStringFilterList,
    WithDecryption: members.Flag,
    MaxResults: members.GetParametersByPathMaxResults,
    NextToken: members.NextToken,
  },
  errors: [
    'InternalServerError',
    'InvalidFilterKey',
    'InvalidFilterOption',
    'InvalidFilterValue',
    'InvalidKeyId',
    'InvalidNextToken',
  ],
  // Recorded: `/` asks for `…:parameter/`.
  target: async ({ Path, Recursive = false }, _env, call) =>
    parameterTarget(pathOf(Path), undefined, call, { context: { 'ssm:Recursive': String(Recursive) } }),
  async run({ Path, Recursive = false, ParameterFilters, WithDecryption = false, MaxResults, NextToken }, env, call) {
    const { pages, paging, cipher } = env
    const path = pathOf(Path)
    const limit = MaxResults ?? PAGE
    const filtering = filteringOf(ParameterFilters, env.strictPaths ? deniedBelow(call, Recursive) : undefined)
    // What is asked without a filter is answered the same to everybody.
    const isPlain = filtering.select === undefined && filtering.label === undefined
    const question = isPlain ? `${Recursive ? 'all' : 'level'} ${limit} ${NextToken ?? ''}` : undefined
    const known = question === undefined ? undefined : pages.known(path, question)
    if (known?.text !== undefined && !WithDecryption) return knownAnswer(known.text, known.token)

    const again = known && pages.again(known)
    let found = again
    let token = known?.token
    if (found === undefined) {
      const bound = ['GetParametersByPath', call.account, call.region, path, Recursive, normalised(ParameterFilters)]
      const after = NextToken === undefined ? undefined : paging.open(NextToken, bound)
      const pieces = [below(path, Recursive)]
      const page = await pages.list({ ...filtering, pieces }, { after, limit, rows: rowsFor(ParameterFilters) })
      found = question === undefined ? page.found : pages.remember(page.found)
      token = page.next && paging.seal(page.next, bound)
    }
    const shown: Answered[] = []
    for (const { parameter, version } of found) {
      shown.push(shownParameter(parameter, version, await valueIn(parameter, version, WithDecryption, cipher)))
    }
    const answer = { Parameters: shown, ...(token !== undefined && { NextToken: token }) }
    if (question === undefined || !pages.keeps) return answer
    if (!WithDecryption) {
      const text = encodeJson(answer)
      pages.keep(path, question, { found, token, text })
      return encodedAs(answer, text)
    }
    if (again === undefined) pages.keep(path, question, { found, token, text: known?.text })
    return answer
  },
})

function filteringOf(
  filters: readonly StringFilter[] | undefined,
  isDenied: Selector | undefined,
): Pick<Filtering, 'select' | 'label'> {
  const { select, label } = reading(filters)
  if (isDenied === undefined) return { select, label }
  return { select: (found) => !isDenied(found) && (select?.(found) ?? true), label }
}

/** An answer whose text is known; its members are there for whoever looks at them. */
function knownAnswer(text: string, token: string | undefined): ByPath {
  const answer = token === undefined ? {} : { NextToken: token }
  const get = () => (JSON.parse(text) as { Parameters: JsonParameter[] }).Parameters.map(decoded)
  return encodedAs(Object.defineProperty(answer, 'Parameters', { enumerable: true, get }) as ByPath, text)
}

type JsonParameter = Omit<Answered, 'LastModifiedDate'> & { readonly LastModifiedDate: number }

function decoded({ LastModifiedDate, ...rest }: JsonParameter): Answered {
  return { ...rest, LastModifiedDate: new Date(Math.round(LastModifiedDate * 1000)) }
}
