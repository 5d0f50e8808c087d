import { parseArn } from '#kernel/values/arn'
import { COMPARISONS, type Actions, type Comparison, type MetricSettings, type Missing } from './alarm.ts'
import { dimensionsOf } from './metric.ts'
import { isPeriod } from './period.ts'
import { type Query, queriesOf, type WireQuery } from './queries.ts'
import { combination, missing, validation } from './refusals.ts'
import { statisticOf } from './statistic.ts'

/** PutMetricAlarm's members as they come on the wire. */
export interface WireAlarm {
  readonly AlarmDescription?: string | undefined
  readonly OKActions?: readonly string[] | undefined
  readonly ActionConfiguration?:
    | { readonly AlarmTagsPropagation?: { readonly Enabled?: boolean | undefined } | undefined }
    | undefined
  readonly AlarmActions?: readonly string[] | undefined
  readonly InsufficientDataActions?: readonly string[] | undefined
  readonly MetricName?: string | undefined
  readonly Namespace?: string | undefined
  readonly Statistic?: string | undefined
  readonly ExtendedStatistic?: string | undefined
  readonly Dimensions?:
    | readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[]
    | undefined
  readonly Period?: number | undefined
  readonly Unit?: string | undefined
  readonly EvaluationPeriods?: number | undefined
  readonly DatapointsToAlarm?: number | undefined
  readonly Threshold?: number | undefined
  readonly ComparisonOperator?: string | undefined
  readonly TreatMissingData?: string | undefined
  readonly EvaluateLowSampleCountPercentile?: string | undefined
  readonly Metrics?: readonly WireQuery[] | undefined
  readonly ThresholdMetricId?: string | undefined
  readonly EvaluationCriteria?: unknown
  readonly EvaluationInterval?: number | undefined
  readonly EvaluationWindow?: { readonly WallClockWindow?: unknown } | undefined
  readonly WarmUpConfiguration?: unknown
}

const MISSING: readonly string[] = ['breaching', 'notBreaching', 'ignore', 'missing'] satisfies Missing[]
const DAY = 86_400
const MOST_SECONDS = 7 * DAY
/** Metrics and formulas of one alarm. Source: API_PutMetricAlarm: 10 metrics; its users report 20 in all. */
const MOST_QUERIES = 20

/** ARNs of whom to tell. Source: API_PutMetricAlarm; the text as its users report it. */
export function actionsIn(
  wire: Pick<WireAlarm, 'OKActions' | 'AlarmActions' | 'InsufficientDataActions' | 'ActionConfiguration'>,
): Actions {
  const { OKActions: ok = [], AlarmActions: alarm = [], InsufficientDataActions: insufficient = [] } = wire
  if (wire.ActionConfiguration?.AlarmTagsPropagation?.Enabled === true)
    throw validation('Tags in what alarms tell are not offered by this server.')
  for (const action of [...ok, ...alarm, ...insufficient])
    if (parseArn(action) === undefined) throw validation(`Invalid arn syntax: ${action.slice(0, 200)}`)
  return { ok, alarm, insufficient }
}

/**
 * How an alarm is to be set, checked. Assumed texts where no source stands beside them. Source: API_PutMetricAlarm; surroundings.md 2.
 * `periodOf`: the period of queries that are put together.
 */
export function settingsIn(wire: WireAlarm, periodOf: (queries: readonly Query[]) => number): MetricSettings {
  if (wire.EvaluationCriteria !== undefined || wire.EvaluationInterval !== undefined)
    throw validation('Alarms on PromQL queries are not offered by this server.')
  if (wire.ThresholdMetricId !== undefined)
    throw validation('Alarms on anomaly detection models are not offered by this server.')
  if (wire.EvaluationWindow?.WallClockWindow !== undefined || wire.WarmUpConfiguration !== undefined)
    throw validation('Wall clock windows and warm-up of alarms are not offered by this server.')
  const { EvaluationPeriods, Threshold, ComparisonOperator, DatapointsToAlarm, TreatMissingData } = wire
  if (EvaluationPeriods === undefined) throw missing('The parameter EvaluationPeriods is required.')
  if (ComparisonOperator === undefined) throw missing('The parameter ComparisonOperator is required.')
  if (Threshold === undefined) throw missing('The parameter Threshold is required.')
  if (!Number.isFinite(Threshold)) throw validation('The parameter Threshold must be a number.')
  if (!(COMPARISONS as readonly string[]).includes(ComparisonOperator))
    throw validation('Alarms on anomaly detection models are not offered by this server.')
  if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods)
    throw validation('DatapointsToAlarm must be less than or equal to EvaluationPeriods')
  if (TreatMissingData !== undefined && !MISSING.includes(TreatMissingData))
    throw validation(`TreatMissingData must be one of [${MISSING.join(', ')}]`)
  const low = wire.EvaluateLowSampleCountPercentile
  if (low !== undefined && low !== 'evaluate' && low !== 'ignore')
    throw validation('EvaluateLowSampleCountPercentile must be one of [evaluate, ignore]')
  if (low !== undefined && wire.ExtendedStatistic === undefined)
    throw validation(
      'EvaluateLowSampleCountPercentile can only be specified with an ExtendedStatistic that is a percentile.',
    )
  const what = wire.Metrics === undefined ? metricIn(wire) : queriesIn(wire.Metrics, wire, periodOf)
  checkSpan(what.period, EvaluationPeriods)
  return {
    kind: 'metric',
    description: wire.AlarmDescription,
    actions: actionsIn(wire),
    ...what,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    threshold: Threshold,
    comparison: ComparisonOperator as Comparison,
    missing: TreatMissingData as Missing | undefined,
    lowSample: low,
  }
}

/** Periods shorter than an hour may span a day, others a week. Source: API_PutMetricAlarm, Period and EvaluationPeriods. */
function checkSpan(period: number, periods: number): void {
  const span = period * periods
  if (period < 3600 && span > DAY)
    throw validation('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).')
  if (span > MOST_SECONDS)
    throw validation(
      'Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).',
    )
}

function metricIn(wire: WireAlarm): Pick<MetricSettings, 'metric' | 'period'> {
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Period, Unit } = wire
  if (MetricName === undefined || Namespace === undefined)
    throw missing('The parameters MetricName and Namespace, or the parameter Metrics, must be specified.')
  if (Period === undefined) throw missing('The parameter Period is required.')
  if (Statistic !== undefined && ExtendedStatistic !== undefined)
    throw combination(
      'The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both.',
    )
  const stat = Statistic ?? ExtendedStatistic
  if (stat === undefined) throw missing('Either the parameter Statistic or ExtendedStatistic must be specified.')
  if (statisticOf(stat) === undefined)
    throw validation(`The value ${stat.slice(0, 100)} for parameter ExtendedStatistic is not supported.`)
  if (!isPeriod(Period) || Period === 1 || Period === 5)
    throw validation(`Period must be 10, 20, 30 or a multiple of 60`)
  return {
    metric: { namespace: Namespace, name: MetricName, dimensions: dimensionsOf(wire.Dimensions), stat, unit: Unit },
    period: Period,
  }
}

/** Members that say with what `Metrics` says. */
const EITHER = ['MetricName', 'Namespace', 'Statistic', 'ExtendedStatistic', 'Dimensions', 'Period', 'Unit'] as const

function queriesIn(
  metrics: readonly WireQuery[],
  wire: WireAlarm,
  periodOf: (queries: readonly Query[]) => number,
): Pick<MetricSettings, 'queries' | 'period'> {
  for (const member of EITHER)
    if (wire[member] !== undefined && !(Array.isArray(wire[member]) && wire[member].length === 0))
      throw validation(`The parameters Metrics and ${member} are mutually exclusive and you have specified both.`)
  if (metrics.length > MOST_QUERIES)
    throw validation(`The collection Metrics must not have a size greater than ${MOST_QUERIES}.`)
  const queries = queriesOf(metrics, 'Metrics')
  if (queries.filter(({ shown }) => shown).length !== 1)
    throw validation('Exactly one element of the metrics list should return data.')
  return { queries: metrics, period: periodOf(queries) }
}
