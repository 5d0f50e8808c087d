import type { Parameter as Answered, GetParametersByPathRequest, GetParametersByPathResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { rowsFor } from '../listing.ts'
import { normalised, reading } from '../model/filters.ts'
import * as members from '../model/members.ts'
import { pathOf } from '../model/name.ts'
import type { Found } from '../model/parameter.ts'
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
    const { account, region } = call
    const path = pathOf(Path)
    const { select: filtered, label } = reading(ParameterFilters)
    const isDenied = env.strictPaths ? deniedBelow(call, Recursive) : undefined
    const select = isDenied === undefined ? filtered : (found: Found) => !isDenied(found) && (filtered?.(found) ?? true)
    const bound = ['GetParametersByPath', account, region, path, Recursive, normalised(ParameterFilters)]
    const { found, next } = await env.pages.list(
      { pieces: [below(path, Recursive)], select, label },
      {
        after: NextToken === undefined ? undefined : env.paging.open(NextToken, bound),
        limit: MaxResults ?? PAGE,
        rows: rowsFor(ParameterFilters),
      },
    )
    const shown: Answered[] = []
    for (const { parameter, version } of found) {
      const value = await valueIn(parameter, version, WithDecryption, env.cipher)
      shown.push(shownParameter(parameter, version, value))
    }
    return { Parameters: shown, ...(next && { NextToken: env.paging.seal(next, bound) }) }
  },
})
