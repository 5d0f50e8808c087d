import type { DescribeAlarmsForMetricInput, DescribeAlarmsForMetricOutput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import type { Alarm } from '../model/alarm.ts'
import { dimensionsOf, dimensionsText } from '../model/metric.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { shownAlarm } from '../shown.ts'
import { alarmTargets } from '../target.ts'

const AT_ONCE = 200

/** The alarms on one metric; formulas over it are none. Source: API_DescribeAlarmsForMetric. */
export const DescribeAlarmsForMetric = operation<
  DescribeAlarmsForMetricInput,
  Answer<DescribeAlarmsForMetricOutput, 'MetricAlarms'>
>()({
  name: 'DescribeAlarmsForMetric',
  effect: 'read',
  input: {
    MetricName: required(members.MetricName),
    Namespace: required(members.Namespace),
    Statistic: members.Statistic,
    ExtendedStatistic: members.ExtendedStatistic,
    Dimensions: members.Dimensions,
    Period: members.Period,
    Unit: members.StandardUnit,
  },
  errors: [],
  target: (_, env, call) => alarmTargets([], env, call),
  async run(input, { alarms }, call) {
    const { MetricName, Namespace, Period, Unit } = input
    const stat = input.Statistic ?? input.ExtendedStatistic
    const dimensions = dimensionsText(dimensionsOf(input.Dimensions))
    const found: Alarm[] = []
    for (let after = ''; ; ) {
      const page = await alarms.page(call, { kind: 'metric' }, after, AT_ONCE)
      for (const alarm of page) {
        const { settings } = alarm
        if (settings.kind !== 'metric' || settings.metric === undefined) continue
        const { metric } = settings
        const same =
          metric.name === MetricName &&
          metric.namespace === Namespace &&
          dimensionsText(metric.dimensions) === dimensions &&
          (stat === undefined || metric.stat === stat) &&
          (Period === undefined || settings.period === Period) &&
          (Unit === undefined || metric.unit === Unit)
        if (same) found.push(alarm)
      }
      const last = page.at(-1)
      if (last === undefined || page.length < AT_ONCE) break
      after = last.name
    }
    return { MetricAlarms: found.map(shownAlarm) }
  },
})
