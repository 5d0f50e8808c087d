import type { GetMetricStatisticsInput, GetMetricStatisticsOutput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { dimensionsOf } from '../model/metric.ts'
import { isPeriod, slotCount, slotsOf } from '../model/period.ts'
import { badValue, combination, invalid, missing, startNotBeforeEnd, tooManyDatapoints } from '../model/refusals.ts'
import { type Statistic, statisticOf } from '../model/statistic.ts'
import { operation } from '../operation.ts'

const MOST_DATAPOINTS = 1440

/**
 * Statistics of one metric, a datapoint for each period in which there was a value; of values in several units one each. Source:
 * API_GetMetricStatistics; surroundings.md 2.
 */
export const GetMetricStatistics = operation<
  GetMetricStatisticsInput,
  Answer<GetMetricStatisticsOutput, 'Datapoints' | 'Label'>
>()({
  name: 'GetMetricStatistics',
  effect: 'read',
  input: {
    Namespace: required(members.Namespace),
    MetricName: required(members.MetricName),
    Dimensions: members.Dimensions,
    StartTime: required(members.Moment),
    EndTime: required(members.Moment),
    Period: required(members.Period),
    Statistics: members.Statistics,
    ExtendedStatistics: members.ExtendedStatistics,
    Unit: members.StandardUnit,
  },
  errors: [
    'InternalServiceFault',
    'InvalidParameterCombinationException',
    'InvalidParameterValueException',
    'MissingRequiredParameterException',
  ],
  target: () => ({ resource: '*' }),
  async run(input, { series }, { account, region, now }) {
    const { Namespace, MetricName, Period, Statistics = [], ExtendedStatistics = [] } = input
    if (Statistics.length + ExtendedStatistics.length === 0)
      throw missing('At least one of the parameters Statistics and ExtendedStatistics must be specified.')
    if (Statistics.length > 0 && ExtendedStatistics.length > 0)
      throw combination(
        'The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.',
      )
    if (!isPeriod(Period)) throw badValue('Period', Period)
    const [start, end] = [input.StartTime.getTime(), input.EndTime.getTime()]
    if (start >= end) throw invalid(startNotBeforeEnd)
    const slots = slotsOf(start, end, Period, now)
    if (slotCount(slots) > MOST_DATAPOINTS) throw tooManyDatapoints(slotCount(slots), MOST_DATAPOINTS)
    const extended = ExtendedStatistics.map((name) => [name, known(name)] as const)
    const plain = Statistics.map((name) => [name, known(name)] as const)
    const name = { namespace: Namespace, name: MetricName, dimensions: dimensionsOf(input.Dimensions) }
    const units = await series.byUnit({ account, region }, name, slots, input.Unit)
    const Datapoints = []
    for (const [Unit, points] of units)
      for (const [at, aggregate] of points) {
        const values = extended.flatMap(([stat, of]) => {
          const value = of(aggregate)
          return value === undefined ? [] : [[stat, value] as const]
        })
        if (extended.length > 0 && values.length === 0) continue
        Datapoints.push({
          Timestamp: new Date(at * 1000),
          ...Object.fromEntries(plain.map(([stat, of]) => [stat, of(aggregate)])),
          ...(values.length === 0 ? {} : { ExtendedStatistics: new Map(values) as unknown as Record<string, number> }),
          Unit: Unit as 'None',
        })
      }
    return { Label: MetricName, Datapoints }
  },
})

function known(name: string): Statistic {
  const statistic = statisticOf(name)
  if (statistic === undefined) throw badValue('ExtendedStatistics', name)
  return statistic
}
