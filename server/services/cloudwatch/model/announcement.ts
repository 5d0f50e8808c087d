import { type Alarm, alarmArn, type Settings, type Standing, type State } from './alarm.ts'
import { dimensionsOf } from './metric.ts'
import { instant } from './reason.ts'

/** What is told when an alarm comes into another state. */

const stateOf = ({ state, reason, reasonData, stateAt }: Standing) => ({
  value: state,
  reason,
  ...(reasonData === undefined ? {} : { reasonData }),
  timestamp: instant(stateAt),
})

/** How the alarm is set, as events and functions see it. Source: CloudWatch's guide, "Alarm events and EventBridge". */
function configuration(settings: Settings) {
  const description = settings.description === undefined ? {} : { description: settings.description }
  if (settings.kind === 'composite') return { ...description, alarmRule: settings.rule }
  const { metric, queries, period } = settings
  const metrics =
    metric === undefined
      ? (queries ?? []).map((query) => ({
          id: query.Id,
          ...(query.Expression === undefined ? {} : { expression: query.Expression }),
          ...(query.Label === undefined ? {} : { label: query.Label }),
          ...(query.MetricStat === undefined
            ? {}
            : {
                metricStat: {
                  metric: {
                    namespace: query.MetricStat.Metric?.Namespace,
                    name: query.MetricStat.Metric?.MetricName,
                    dimensions: Object.fromEntries(dimensionsOf(query.MetricStat.Metric?.Dimensions)),
                  },
                  period: query.MetricStat.Period,
                  stat: query.MetricStat.Stat,
                },
              }),
          returnData: query.ReturnData ?? true,
        }))
      : [
          {
            // CloudWatch makes an id of its own up; ours stays the same
            id: 'm1',
            metricStat: {
              metric: {
                namespace: metric.namespace,
                name: metric.name,
                dimensions: Object.fromEntries(metric.dimensions),
              },
              period,
              stat: metric.stat,
            },
            returnData: true,
          },
        ]
  return { ...description, metrics }
}

/** What all are told: `alarm` as it is now, `before` as it was. */
export function changeOf(alarm: Alarm, before: Standing) {
  return {
    alarmName: alarm.name,
    state: stateOf(alarm),
    previousState: stateOf(before),
    configuration: configuration(alarm.settings),
  }
}

/** What functions and webhooks get. Source: CloudWatch's guide, "Lambda function as an alarm action". */
export function messageOf(alarm: Alarm, before: Standing, time: number): string {
  return JSON.stringify({
    source: 'aws.cloudwatch',
    alarmArn: alarmArn(alarm, alarm.name),
    accountId: alarm.account,
    time: instant(time),
    region: alarm.region,
    alarmData: changeOf(alarm, before),
  })
}

/** `Alarm updated from INSUFFICIENT_DATA to OK` */
export const updated = (from: State, to: State) => `Alarm updated from ${from} to ${to}`

/** HistoryData of a change of state. Source: API_DescribeAlarmHistory. */
export function historyOf(alarm: Alarm, before: Standing): string {
  const part = ({ state, reason, reasonData }: Standing) => ({
    stateValue: state,
    stateReason: reason,
    ...(reasonData === undefined ? {} : { stateReasonData: parsed(reasonData) }),
  })
  return JSON.stringify({ version: '1.0', oldState: part(before), newState: part(alarm) })
}

/** As an object when it is JSON; callers of SetAlarmState may say anything. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
