import type { Parameter as Answered, GetParametersByPathRequest, GetParametersByPathResult } from '@aws-sdk/client-ssm'
import type { Call } from '#kernel/call'
import { encodedAs, encodeJson } from '#kernel/protocol/json'
import { required } from '#kernel/shape'
import { type Soon, when } from '#kernel/values/soon'
import type { Target } from '#kernel/operation'
import type { Answer } from '#kernel/wire'
import { rowsFor } from '../listing.ts'
import { type Filtering, normalised, reading, type Selector, type StringFilter } from '../model/filters.ts'
import * as members from '../model/members.ts'
import { pathOf } from '../model/name.ts'
import { below } from '../model/segments.ts'
import { shownParameter } from '../model/shown.ts'
import { type Env, operation } from '../operation.ts'
import type { Listed } from '../pages.ts'
import { deniedBelow } from '../strict-paths.ts'
import { valuesOf } from '../reading.ts'
import { resourcesOf } from '../recorded.ts'
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
  // The path, as if it were a parameter. Source: surroundings.md 1.3.
  audit: {
    resources: (_input, _out, call, targets) => resourcesOf([(targets as Target).resource], call),
    // AWS's record does not say it; whoever counts what is billed must know. Source: surroundings.md 9.
    additional: (_, out) => out && { ParametersReturned: returned.get(out) ?? out.Parameters.length },
  },
  target: ({ Path, Recursive = false }, _env, call) =>
    parameterTarget(pathOf(Path), undefined, call, { context: Recursive ? RECURSIVE : ONE_LEVEL }),
  run(input, env, call) {
    const { Path, Recursive = false, ParameterFilters, WithDecryption = false, MaxResults = PAGE, NextToken } = input
    const path = pathOf(Path)
    const filtering = filteringOf(ParameterFilters, env.strictPaths ? deniedBelow(call, Recursive) : undefined)
    // What is asked without a filter is answered the same to everybody.
    const isPlain = filtering.select === undefined && filtering.label === undefined
    if (!isPlain) return when(find(input, path, filtering, env, call), (page) => answerOf(page, WithDecryption, env))

    const { pages } = env
    // An empty token is none of ours, and not the same as no token.
    const at = NextToken === undefined ? 'first' : `after ${NextToken}`
    const question = `${Recursive ? 'all' : 'level'} ${MaxResults} ${at}`
    const known = pages.known(path, question)
    if (known?.text !== undefined && !WithDecryption) return knownAnswer(known.text, known.token, known.keys.length)
    const again = known && pages.again(known)
    const page = again === undefined ? find(input, path, filtering, env, call) : { found: again, token: known?.token }
    return when(page, ({ found, token }) =>
      when(answerOf({ found, token }, WithDecryption, env), (answer) => {
        const text = WithDecryption ? known?.text : encodeJson(answer)
        if (again === undefined || !WithDecryption) pages.keep(path, question, { found, token, text })
        return WithDecryption || text === undefined ? answer : encodedAs(answer, text)
      }),
    )
  },
})

const ONE_LEVEL = { 'ssm:Recursive': 'false' }
const RECURSIVE = { 'ssm:Recursive': 'true' }

/** What is on one page, and the token for the next. */
interface Page {
  readonly found: readonly Listed[]
  readonly token: string | undefined
}

async function find(
  {
    Recursive = false,
    ParameterFilters,
    WithDecryption,
    MaxResults: limit = PAGE,
    NextToken,
  }: GetParametersByPathRequest,
  path: string,
  filtering: Pick<Filtering, 'select' | 'label'>,
  { pages, paging }: Env,
  { account, region }: Call,
): Promise<Page> {
  const bound = ['GetParametersByPath', account, region, path, Recursive, normalised(ParameterFilters)]
  const after = NextToken === undefined ? undefined : paging.open(NextToken, bound)
  const pieces = [below(path, Recursive)]
  const { found, next } = await pages.list({ ...filtering, pieces }, { after, limit, rows: rowsFor(ParameterFilters) })
  return {
    // Without decryption the answer is kept as a whole.
    found: WithDecryption && filtering.label === undefined ? pages.remember(found) : found,
    token: next && paging.seal(next, bound),
  }
}

function answerOf({ found, token }: Page, decrypted: boolean, { cipher }: Env): Soon<ByPath> {
  return when(valuesOf(found, decrypted, cipher), (values) => {
    const shown = found.map(({ parameter, version }, at) => shownParameter(parameter, version, values[at] as string))
    return token === undefined ? { Parameters: shown } : { Parameters: shown, NextToken: token }
  })
}

function filteringOf(
  filters: readonly StringFilter[] | undefined,
  isDenied: Selector | undefined,
): Pick<Filtering, 'select' | 'label'> {
  const { select, label } = reading(filters)
  if (isDenied === undefined) return { select, label }
  return { select: (found) => !isDenied(found) && (select?.(found) ?? true), label }
}

/** How many parameters are in an answer whose text is known: nobody should have to read it for that. */
const returned = new WeakMap<object, number>()

/** An answer whose text is known; its members are there for whoever looks at them. */
function knownAnswer(text: string, token: string | undefined, count: number): ByPath {
  const answer = token === undefined ? {} : { NextToken: token }
  const get = () => (JSON.parse(text) as { Parameters: JsonParameter[] }).Parameters.map(decoded)
  const known = encodedAs(Object.defineProperty(answer, 'Parameters', { enumerable: true, get }) as ByPath, text)
  returned.set(known, count)
  return known
}

type JsonParameter = Omit<Answered, 'LastModifiedDate'> & { readonly LastModifiedDate: number }

function decoded({ LastModifiedDate, ...rest }: JsonParameter): Answered {
  return { ...rest, LastModifiedDate: new Date(Math.round(LastModifiedDate * 1000)) }
}
