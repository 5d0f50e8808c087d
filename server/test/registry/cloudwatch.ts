import type { Names } from './inputs.ts'
import type { Expected, World } from './world.ts'

/** Metrics and alarms of CloudWatch: what the operations on them need, and say of alarms that are not there. */

const accountOf = ({ functionArn }: Names) => functionArn.split(':')[4] ?? ''
const alarmArn = (names: Names) => `arn:aws:cloudwatch:us-east-1:${accountOf(names)}:alarm:${names.userName}`

/** How an alarm is set. */
const ALARM = {
  MetricName: 'm',
  Namespace: 'n',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanThreshold',
}
const BETWEEN = { StartTime: '2026-11-22T10:00:00Z', EndTime: '2026-11-22T11:00:00Z' }

/** An alarm with a tag. */
export async function prepareCloudWatch(world: World, name: string, names: Names): Promise<Names> {
  if (!/Metric(s|Data|Statistics)$/.test(name))
    await world.done('cloudwatch:PutMetricAlarm', {
      AlarmName: names.userName,
      ...ALARM,
      Tags: [{ Key: 'team', Value: 'blue' }],
    })
  return names
}

export const cloudwatchMembers: Readonly<Record<string, (names: Names) => unknown>> = {
  'cloudwatch:AlarmName': ({ userName }) => userName,
  'cloudwatch:AlarmNames': ({ userName }) => [userName],
  'cloudwatch:ResourceARN': alarmArn,
}

export const cloudwatchInputs: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  'cloudwatch:PutMetricData': () => ({ Namespace: 'n', MetricData: [{ MetricName: 'm', Value: 1 }] }),
  'cloudwatch:GetMetricData': () => ({
    ...BETWEEN,
    MetricDataQueries: [
      { Id: 'm', MetricStat: { Metric: { Namespace: 'n', MetricName: 'm' }, Period: 60, Stat: 'Sum' } },
    ],
  }),
  'cloudwatch:GetMetricStatistics': () => ({
    ...{ Namespace: 'n', MetricName: 'm', Period: 60, Statistics: ['Sum'] },
    ...BETWEEN,
  }),
  'cloudwatch:PutMetricAlarm': ({ userName }) => ({ AlarmName: `${userName}-new`, ...ALARM }),
  'cloudwatch:PutCompositeAlarm': ({ userName }) => ({ AlarmName: `${userName}-new`, AlarmRule: 'TRUE' }),
  'cloudwatch:TagResource': () => ({ Tags: [{ Key: 'stage', Value: 'test' }] }),
  'cloudwatch:UntagResource': () => ({ TagKeys: ['team'] }),
}

/** Operations that pass over names of no alarm. Source: API_EnableAlarmActions, API_DisableAlarmActions. */
export const CLOUDWATCH_GONE_ALREADY: readonly string[] = [
  'cloudwatch:EnableAlarmActions',
  'cloudwatch:DisableAlarmActions',
]

/** What a caller who may know is told of an alarm that is not there. Source: surroundings.md 2; CloudWatch's model. */
export function cloudwatchMissing(name: string, names: Names): Expected {
  return /tag/i.test(name)
    ? { code: 'ResourceNotFoundException', status: 404, text: `Unknown resource: ${alarmArn(names)}` }
    : { code: 'ResourceNotFound', status: 404, text: 'Alarm does not exist' }
}
