import { graphsOf } from './graphs.ts'
import type { MetricSettings, Standing } from './model/alarm.ts'
import { judged, MORE_PERIODS, type Period } from './model/evaluation.ts'
import type { Cell } from './model/metric.ts'
import { periodOf, resolutionFor, type Slots } from './model/period.ts'
import { type Query, queriesOf } from './model/queries.ts'
import { reasonData, reasonOf } from './model/reason.ts'
import { statisticOf } from './model/statistic.ts'
import type { Series } from './series.ts'

/**
 * What an alarm comes to at `now` (milliseconds): its newest complete periods, aligned to the epoch. Undefined: it stays as it is.
 */
export async function evaluated(
  series: Series,
  cell: Cell,
  settings: MetricSettings,
  now: number,
): Promise<Pick<Standing, 'state' | 'reason' | 'reasonData'> | undefined> {
  const { period, evaluationPeriods } = settings
  const to = periodOf(now / 1000, period)
  const from = to - (evaluationPeriods + MORE_PERIODS) * period
  const known = await valuesOf(series, cell, settings, { from, to, period, resolution: resolutionFor(period) })
  const periods: Period[] = []
  for (let at = from; at < to; at += period) periods.push({ at, ...known.get(at) })
  const verdict = judged(periods, settings)
  if (verdict.state === undefined) return undefined
  return {
    state: verdict.state,
    reason: reasonOf(settings, verdict.state, verdict).slice(0, 1023),
    reasonData: reasonData(settings, periods, verdict, now),
  }
}

type Known = ReadonlyMap<number, { readonly value: number; readonly samples?: number }>

async function valuesOf(series: Series, cell: Cell, settings: MetricSettings, slots: Slots): Promise<Known> {
  const { metric, queries } = settings
  const found = new Map<number, { value: number; samples?: number }>()
  if (metric !== undefined) {
    const statistic = statisticOf(metric.stat)
    const enough = settings.lowSample === 'ignore' ? samplesFor(metric.stat) : 0
    for (const [at, aggregate] of await series.together(cell, metric, slots, metric.unit)) {
      const value = statistic?.(aggregate)
      if (value === undefined || !Number.isFinite(value) || aggregate.count < enough) continue
      found.set(at, { value, samples: aggregate.count })
    }
    return found
  }
  const shown = queriesOf(queries ?? [], 'Metrics')
  const graphs = await graphsOf(series, cell, shown, (period) => within(slots, period))
  for (const [at, value] of graphs[0]?.points ?? []) found.set(at, { value })
  return found
}

/** The same time in slots of another length: of metrics that a formula puts together. */
function within({ from, to }: Slots, period: number): Slots {
  return { from: periodOf(from, period), to, period, resolution: resolutionFor(period) }
}

/** How many values a percentile needs to mean something. Source: CloudWatch's guide, "percentile-based alarms and low data samples". */
function samplesFor(stat: string): number {
  const percent = /^p([\d.]+)$/.exec(stat)?.[1]
  if (percent === undefined) return 0
  const share = Number(percent) / 100
  return share >= 0.5 ? 10 / (1 - share) : 10 / share
}

/** The period of a formula's alarm: of what is shown. */
export function periodOfQueries(
  queries: readonly Query[],
  longest: (query: Query & { kind: 'expression' }) => number | undefined,
): number {
  const shown = queries.find((query) => query.shown)
  if (shown === undefined) return 60
  if (shown.kind === 'metric') return shown.period
  return shown.period ?? longest(shown) ?? 300
}
