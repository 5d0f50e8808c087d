import type { GetMetricDataInput, GetMetricDataOutput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { type Graph, graphsOf } from '../graphs.ts'
import * as members from '../model/members.ts'
import { slotCount, slotsOf } from '../model/period.ts'
import { queriesOf } from '../model/queries.ts'
import { startNotBeforeEnd, validation } from '../model/refusals.ts'
import { operation } from '../operation.ts'

/** Datapoints on a page. Source: API_GetMetricData. */
const MOST_DATAPOINTS = 100_800
/** Periods that the metrics of a request may have together. Assumed: AWS has other bounds on what one call costs. */
const MOST_SLOTS = 2_000_000

/**
 * Statistics of many metrics and formulas over them, newest first unless the oldest are asked for first. Source: API_GetMetricData;
 * surroundings.md 2.
 */
export const GetMetricData = operation<GetMetricDataInput, Answer<GetMetricDataOutput, 'MetricDataResults'>>()({
  name: 'GetMetricData',
  effect: 'read',
  input: {
    MetricDataQueries: required(members.MetricDataQueries),
    StartTime: required(members.Moment),
    EndTime: required(members.Moment),
    NextToken: members.NextToken,
    ScanBy: members.ScanBy,
    MaxDatapoints: { kind: 'integer' },
    LabelOptions: { kind: 'structure', members: { Timezone: { kind: 'string' } } },
  },
  errors: ['InvalidNextToken'],
  target: () => ({ resource: '*' }),
  async run(input, { series, paging }, { account, region, now }) {
    const { ScanBy = 'TimestampDescending', NextToken } = input
    const [start, end] = [input.StartTime.getTime(), input.EndTime.getTime()]
    const most = input.MaxDatapoints ?? MOST_DATAPOINTS
    if (most < 1 || most > MOST_DATAPOINTS)
      throw validation(`The value ${most} for parameter MaxDatapoints must be between 1 and ${MOST_DATAPOINTS}.`)
    if (start >= end) throw validation(startNotBeforeEnd)
    const queries = queriesOf(input.MetricDataQueries)
    let total = 0
    for (const query of queries) if (query.kind === 'metric') total += slotCount(slotsOf(start, end, query.period, now))
    if (total > MOST_SLOTS)
      throw validation(`You have requested up to ${total} datapoints, which exceeds the limit of ${MOST_SLOTS}.`)
    const bound = ['GetMetricData', account, region, start, end, ScanBy, JSON.stringify(input.MetricDataQueries)]
    const skip = NextToken === undefined ? 0 : paging.open<number>(NextToken, bound)
    const graphs = await graphsOf(series, { account, region }, queries, (period) => slotsOf(start, end, period, now))
    const { results, next } = pageOf(graphs, ScanBy === 'TimestampAscending' ? 1 : -1, skip, most)
    return {
      MetricDataResults: results,
      ...(next === undefined ? {} : { NextToken: paging.seal(next, bound) }),
      Messages: [],
    }
  },
})

/** Datapoints from the `skip`th on, of all graphs in turn. On the first page all graphs are named, also empty ones. */
function pageOf(graphs: readonly Graph[], order: number, skip: number, most: number) {
  const results = []
  let passed = 0
  let left = most
  let next: number | undefined
  for (const { id, label, points, forbidden } of graphs) {
    const sorted = [...points].sort(([a], [b]) => (a - b) * order)
    const from = Math.min(Math.max(skip - passed, 0), sorted.length)
    const page = sorted.slice(from, from + left)
    const whole = from + page.length === sorted.length
    passed += sorted.length
    left -= page.length
    if (!whole) next ??= passed - sorted.length + from + page.length
    if (page.length === 0 && (skip > 0 || !whole)) continue
    results.push({
      Id: id,
      Label: label,
      Timestamps: page.map(([at]) => new Date(at * 1000)),
      Values: page.map(([, value]) => value),
      StatusCode: forbidden ? ('Forbidden' as const) : whole ? ('Complete' as const) : ('PartialData' as const),
    })
  }
  return { results, next }
}
