import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { type Alarm, alarmArn } from './model/alarm.ts'
import { shownDimensions } from './model/metric.ts'
import { STATISTICS } from './model/statistic.ts'

/** An alarm on a metric or a formula, as the wire shows it. */
export function shownAlarm(alarm: Alarm): MetricAlarm {
  const { settings } = alarm
  if (settings.kind !== 'metric') throw new Error(`${alarm.name} is a composite alarm`)
  const { metric, queries } = settings
  return {
    ...shownHead(alarm),
    ...(metric === undefined
      ? { Metrics: shownQueries(queries ?? []) as MetricAlarm['Metrics'] }
      : {
          MetricName: metric.name,
          Namespace: metric.namespace,
          ...((STATISTICS as readonly string[]).includes(metric.stat)
            ? { Statistic: metric.stat as MetricAlarm['Statistic'] }
            : { ExtendedStatistic: metric.stat }),
          Dimensions: shownDimensions(metric.dimensions),
          Period: settings.period,
          Unit: metric.unit as MetricAlarm['Unit'],
        }),
    EvaluationPeriods: settings.evaluationPeriods,
    DatapointsToAlarm: settings.datapointsToAlarm,
    Threshold: settings.threshold,
    ComparisonOperator: settings.comparison,
    TreatMissingData: settings.missing,
    EvaluateLowSampleCountPercentile: settings.lowSample,
  }
}

/** Queries as they came; one that says nothing of it returns data. */
const shownQueries = (queries: readonly object[]) => queries.map((query) => ({ ReturnData: true, ...query }))

export function shownComposite(alarm: Alarm): CompositeAlarm {
  const { settings } = alarm
  if (settings.kind !== 'composite') throw new Error(`${alarm.name} is an alarm on a metric`)
  return { ...shownHead(alarm), AlarmRule: settings.rule }
}

function shownHead(alarm: Alarm) {
  const { settings, name } = alarm
  return {
    AlarmName: name,
    AlarmArn: alarmArn(alarm, name),
    AlarmDescription: settings.description,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.enabled,
    OKActions: [...settings.actions.ok],
    AlarmActions: [...settings.actions.alarm],
    InsufficientDataActions: [...settings.actions.insufficient],
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateReasonData: alarm.reasonData,
    StateUpdatedTimestamp: new Date(alarm.stateAt),
    StateTransitionedTimestamp: new Date(alarm.transitionAt),
  }
}
