import type { ListMetricsInput, ListMetricsOutput } from '@aws-sdk/client-cloudwatch'
import type { Answer } from '#kernel/wire'
import { FIRST } from '../metrics.ts'
import * as members from '../model/members.ts'
import { type Dimensions, shownDimensions } from '../model/metric.ts'
import { invalid } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import type { ListPlace } from '../series.ts'

/** Metrics on a page. Source: API_ListMetrics. */
const PAGE = 500
/** Metrics that one call looks at, however few pass the filters. */
const MOST_LOOKED_AT = 5000
const ACTIVE_MS = 14 * 86_400_000
/** `PT3H` */
const RECENT_MS = 3 * 3_600_000

/** The metrics that had a value within two weeks, with all or some of some dimensions. Source: API_ListMetrics; surroundings.md 2. */
export const ListMetrics = operation<ListMetricsInput, Answer<ListMetricsOutput, 'Metrics'>>()({
  name: 'ListMetrics',
  effect: 'read',
  input: {
    Namespace: members.Namespace,
    MetricName: members.MetricName,
    Dimensions: members.DimensionFilters,
    NextToken: members.NextToken,
    RecentlyActive: { kind: 'string', oneOf: ['PT3H'] },
    IncludeLinkedAccounts: members.Flag,
    OwningAccount: members.AccountId,
  },
  // AWS names a wrong token InvalidParameterValue here
  errors: ['InternalServiceFault', 'InvalidParameterValueException'],
  target: () => ({ resource: '*' }),
  async run(input, { series, paging }, { account, region, now }) {
    const { Namespace, MetricName, RecentlyActive, NextToken } = input
    if (input.OwningAccount !== undefined && input.OwningAccount !== account) return { Metrics: [] }
    const filters = (input.Dimensions ?? []).map(({ Name = '', Value }) => [Name, Value] as const)
    const bound = ['ListMetrics', account, region, Namespace ?? '', MetricName ?? '', filters, RecentlyActive ?? '']
    const since = now - (RecentlyActive === undefined ? ACTIVE_MS : RECENT_MS)
    const query = { namespace: Namespace, name: MetricName, since }
    let place: ListPlace = NextToken === undefined ? FIRST : paging.open<ListPlace>(NextToken, bound, wrongToken)
    const Metrics = []
    for (let looked = 0; looked < MOST_LOOKED_AT; ) {
      const page = await series.page({ account, region }, query, place, PAGE)
      for (const [known, behind] of page) {
        looked++
        place = behind
        if (!passes(known.dimensions, filters)) continue
        const { namespace, name, dimensions } = known
        Metrics.push({ Namespace: namespace, MetricName: name, Dimensions: shownDimensions(dimensions) })
        if (Metrics.length === PAGE) return { Metrics, NextToken: paging.seal(place, bound) }
      }
      if (page.length < PAGE) return { Metrics }
    }
    return { Metrics, NextToken: paging.seal(place, bound) }
  },
})

/** ListMetrics has no error of its own for it. Assumed text. */
const wrongToken = () => invalid('Invalid nextToken')

function passes(dimensions: Dimensions, filters: readonly (readonly [string, string | undefined])[]): boolean {
  return filters.every(([name, value]) =>
    dimensions.some(([key, each]) => key === name && (value === undefined || each === value)),
  )
}
