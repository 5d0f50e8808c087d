import { type Aggregate, aggregateOf, aggregateOfSet, bounded } from './aggregate.ts'
import type { Measured } from './measured.ts'
import { dimensionsOf, NO_UNIT } from './metric.ts'
import { badValue, bothValues, combination, invalid, missing, unequalCounts } from './refusals.ts'

/** One datum of PutMetricData as it comes on the wire. */
export interface WireDatum {
  readonly MetricName?: string | undefined
  readonly Dimensions?:
    | readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[]
    | undefined
  readonly Timestamp?: Date | undefined
  readonly Value?: number | undefined
  readonly StatisticValues?:
    | {
        readonly SampleCount?: number | undefined
        readonly Sum?: number | undefined
        readonly Minimum?: number | undefined
        readonly Maximum?: number | undefined
      }
    | undefined
  readonly Values?: readonly number[] | undefined
  readonly Counts?: readonly number[] | undefined
  readonly Unit?: string | undefined
  readonly StorageResolution?: number | undefined
}

const MOST_DATUMS = 1000
const MOST_VALUES = 150
const DAY_MS = 86_400_000
const MOST_OLD_MS = 14 * DAY_MS
const MOST_AHEAD_MS = 2 * 3_600_000
/** Greatest size of a number: 2^360. Source: API_MetricDatum. */
const GREATEST = 2 ** 360

/** The namespace of a caller's own metrics: AWS's are for services. Source: surroundings.md 2. */
export function checkNamespace(namespace: string): void {
  if (namespace.startsWith('AWS/')) throw badValue('Namespace', namespace)
}

/**
 * What PutMetricData brings, checked in full before anything is kept. Source: surroundings.md 2, API_PutMetricData, API_MetricDatum.
 * `where`: the list's name in texts.
 */
export function measuredIn(
  namespace: string,
  data: readonly WireDatum[],
  now: number,
  where = 'MetricData',
): Measured[] {
  if (data.length > MOST_DATUMS)
    throw invalid(`The collection ${where} must not have a size greater than ${MOST_DATUMS}.`)
  return data.map((datum, index) => measured(namespace, datum, `${where}.member.${index + 1}`, now))
}

function measured(namespace: string, datum: WireDatum, place: string, now: number): Measured {
  const names = (datum.Dimensions ?? []).map(({ Name }) => Name)
  if (new Set(names).size < names.length)
    throw invalid(`The parameter ${place}.Dimensions must not have a dimension name more than once.`)
  const resolution = datum.StorageResolution ?? 60
  if (resolution !== 1 && resolution !== 60) throw badValue(`${place}.StorageResolution`, resolution)
  return {
    namespace,
    name: datum.MetricName ?? '',
    dimensions: dimensionsOf(datum.Dimensions),
    unit: datum.Unit ?? NO_UNIT,
    time: timeIn(datum.Timestamp, place, now),
    aggregate: aggregateIn(datum, place),
    ...(resolution === 1 && { highResolution: true }),
  }
}

/** Assumed texts. */
function timeIn(timestamp: Date | undefined, place: string, now: number): number {
  const time = timestamp?.getTime() ?? now
  if (time > now + MOST_AHEAD_MS)
    throw invalid(`The parameter ${place}.Timestamp must specify a time no more than two hours in the future.`)
  if (time < now - MOST_OLD_MS)
    throw invalid(`The parameter ${place}.Timestamp must specify a time within the past two weeks.`)
  return time
}

function aggregateIn({ Value, Values, Counts, StatisticValues }: WireDatum, place: string): Aggregate {
  if (Value !== undefined && Values !== undefined && Values.length > 0) throw bothValues(place)
  if (StatisticValues !== undefined) {
    if (Value !== undefined || (Values !== undefined && Values.length > 0))
      throw combination(
        `The parameters ${place}.${Value === undefined ? 'Values' : 'Value'} and ${place}.StatisticValues are mutually exclusive and you have specified both.`,
      )
    const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = StatisticValues
    const within = `${place}.StatisticValues`
    for (const [name, value] of Object.entries({ SampleCount, Sum, Minimum, Maximum }))
      finite(value, `${within}.${name}`)
    if (SampleCount <= 0) throw badValue(`${within}.SampleCount`, SampleCount)
    if (Minimum > Maximum)
      throw invalid(`The parameter ${within}.Maximum must be greater than or equal to ${within}.Minimum.`)
    return aggregateOfSet({ count: SampleCount, sum: Sum, min: Minimum, max: Maximum })
  }
  if (Values !== undefined && Values.length > 0) return aggregateOfList(Values, Counts, place)
  if (Value === undefined)
    throw missing(
      `At least one of the parameters ${place}.Value, ${place}.Values or ${place}.StatisticValues must be specified.`,
    )
  finite(Value, `${place}.Value`)
  return aggregateOf(Value)
}

function aggregateOfList(values: readonly number[], counts: readonly number[] | undefined, place: string): Aggregate {
  if (counts !== undefined && counts.length !== values.length) throw unequalCounts(place)
  if (values.length > MOST_VALUES)
    throw invalid(`The collection ${place}.Values must not have a size greater than ${MOST_VALUES}.`)
  const found = new Map<number, number>()
  let sum = 0
  let count = 0
  for (const [at, value] of values.entries()) {
    const times = counts?.[at] ?? 1
    finite(value, `${place}.Values.member.${at + 1}`)
    finite(times, `${place}.Counts.member.${at + 1}`)
    if (times < 0) throw badValue(`${place}.Counts.member.${at + 1}`, times)
    if (times === 0) continue
    found.set(value, (found.get(value) ?? 0) + times)
    sum += value * times
    count += times
  }
  if (count === 0) throw badValue(`${place}.Counts`, 0)
  const all = [...found.keys()]
  return { count, sum, min: Math.min(...all), max: Math.max(...all), values: bounded(found) }
}

function finite(value: number, parameter: string): void {
  if (!Number.isFinite(value) || Math.abs(value) > GREATEST) throw badValue(parameter, value)
}
