import type { DescribeMetricFiltersRequest, DescribeMetricFiltersResponse } from '@aws-sdk/client-cloudwatch-logs'
import type { Answer } from '#kernel/wire'
import type { MetricFilter, Transformation } from '../model/filters.ts'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { invalidParameter } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { allGroups, targetOf } from '../target.ts'

type Described = Answer<DescribeMetricFiltersResponse, 'metricFilters'>
type Placed = { readonly group: string; readonly filter: MetricFilter }

const LOOKED_AT = 200

/** Metric filters of a group, or of all groups by the metric that they make. Source: API_DescribeMetricFilters. */
export const DescribeMetricFilters = operation<DescribeMetricFiltersRequest, Described>()({
  name: 'DescribeMetricFilters',
  effect: 'read',
  input: {
    logGroupName: members.LogGroupName,
    filterNamePrefix: members.FilterName,
    nextToken: members.NextToken,
    limit: members.DescribeLimit,
    metricName: members.MetricName,
    metricNamespace: members.MetricName,
  },
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  target: ({ logGroupName }, env, call) =>
    logGroupName === undefined ? allGroups(call) : targetOf({ logGroupName }, env, call),
  async run(input, { groups, metricFilters, tokens }, call) {
    const { logGroupName, filterNamePrefix, metricName, metricNamespace } = input
    if ((metricName === undefined) !== (metricNamespace === undefined))
      throw invalidParameter('Metric name and metric namespace must be specified together.')
    if (logGroupName !== undefined) await groups.existing(groupNamed({ logGroupName }, call))
    const isWanted = ({ filter }: Placed) =>
      (filterNamePrefix === undefined || filter.name.startsWith(filterNamePrefix)) &&
      (metricName === undefined || filter.transformation.metricName === metricName) &&
      (metricNamespace === undefined || filter.transformation.metricNamespace === metricNamespace)
    const bound = ['DescribeMetricFilters', call.account, call.region, logGroupName, filterNamePrefix, metricName]
    const { items, ...rest } = await pageOf(
      input,
      tokens,
      [...bound, metricNamespace],
      async (after: readonly [string, string] | undefined, most) => {
        const found: Placed[] = []
        for (let from = after ?? (['', ''] as const); found.length < most; ) {
          const some = await metricFilters.page(call, logGroupName ?? '', from, LOOKED_AT)
          found.push(...some.filter(isWanted))
          const last = some.at(-1)
          if (last === undefined || some.length < LOOKED_AT) break
          from = [last.group, last.filter.name]
        }
        return found.slice(0, most)
      },
      ({ group, filter }) => [group, filter.name] as const,
    )
    return {
      metricFilters: items.map(({ group, filter }) => ({
        filterName: filter.name,
        filterPattern: filter.pattern,
        metricTransformations: [shown(filter.transformation)],
        creationTime: filter.createdAt,
        logGroupName: group,
        applyOnTransformedLogs: false,
      })),
      ...rest,
    }
  },
})

const shown = ({ metricName, metricNamespace, metricValue, defaultValue, dimensions, unit }: Transformation) => ({
  ...{ metricName, metricNamespace, metricValue },
  ...(defaultValue === undefined ? {} : { defaultValue }),
  ...(dimensions === undefined ? {} : { dimensions }),
  ...(unit === undefined ? {} : { unit: unit as 'None' }),
})
