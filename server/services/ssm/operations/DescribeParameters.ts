import type { DescribeParametersRequest, DescribeParametersResult } from '@aws-sdk/client-ssm'
import { arn } from '#kernel/values/arn'
import type { Answer } from '#kernel/wire'
import { rowsFor } from '../listing.ts'
import {
  bothFilters,
  describing,
  describingOld,
  type Filtering,
  normalised,
  type StringFilter,
} from '../model/filters.ts'
import * as members from '../model/members.ts'
import type { Found } from '../model/parameter.ts'
import { holds } from '../model/segments.ts'
import { shownMetadata } from '../model/shown.ts'
import { operation } from '../operation.ts'

type Described = Answer<DescribeParametersResult, 'Parameters'>

/** Assumed: AWS does not say how long a page is by default. Source: parameterstore.md 20. */
const PAGE = 10

/**
 * Lists the parameters of the account and region that the filters select, page by page, without their values; a page may be short or
 * empty while a token says that more follows. Source: API_DescribeParameters; parameterstore.md 7.6, 8.
 */
export const DescribeParameters = operation<DescribeParametersRequest, Described>()({
  name: 'DescribeParameters',
  effect: 'read',
  input: {
    Filters: members.ParametersFilterList,
    ParameterFilters: members.ParameterStringFilterList,
    MaxResults: members.MaxResults,
    NextToken: members.NextToken,
    Shared: members.Flag,
  },
  errors: ['InternalServerError', 'InvalidFilterKey', 'InvalidFilterOption', 'InvalidFilterValue', 'InvalidNextToken'],
  // No other resource than all there is, as refusals name it (reported): what names parameters does not allow it (trap 36).
  target: async (_input, _env, { account, region }) => {
    const everything = arn('ssm', region, account, '*')
    return { resource: everything, shown: everything }
  },
  async run({ Filters, ParameterFilters, MaxResults, NextToken, Shared = false }, env, call) {
    const { account, region, now } = call
    const filtering = filteringOf(Filters, ParameterFilters)
    const old = Filters?.length ? normalised(Filters) : []
    const bound = ['DescribeParameters', account, region, Shared, old, normalised(ParameterFilters)]
    const shown = async (found: readonly Found[]) => {
      const statuses = await Promise.all(found.map((each) => env.later.statuses(each, now)))
      return found.map((each, at) => shownMetadata(each, statuses[at]))
    }
    if (Shared) {
      const select = selecting(filtering)
      const page = { token: NextToken, bound, limit: MaxResults ?? PAGE, select }
      const { found, next } = await env.shares.page(env.parameters, call, page)
      return { Parameters: await shown(found), ...(next && { NextToken: next }) }
    }
    const { found, next } = await env.pages.list(filtering, {
      after: NextToken === undefined ? undefined : env.paging.open(NextToken, bound),
      limit: MaxResults ?? PAGE,
      rows: rowsFor([...(Filters ?? []), ...(ParameterFilters ?? [])]),
    })
    return {
      Parameters: await shown(found),
      ...(next && { NextToken: env.paging.seal(next, bound) }),
    }
  },
})

/** The filters as a test of one parameter, wherever it lies. */
function selecting({ pieces, select }: Filtering): (found: Found) => boolean {
  return (found) => pieces.some((piece) => holds(piece, found.parameter.key)) && (select === undefined || select(found))
}

function filteringOf(
  old: readonly StringFilter[] | undefined,
  filters: readonly StringFilter[] | undefined,
): Filtering {
  if (!old?.length) return describing(filters)
  if (filters?.length) throw bothFilters()
  return describingOld(old)
}
