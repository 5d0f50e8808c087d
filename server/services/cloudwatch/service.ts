import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { Events } from '#kernel/events/event'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { AnyOperation } from '#kernel/operation'
import { pagingWith } from '#kernel/sealing/paging'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import { Alarms } from './alarms.ts'
import { evaluateLater, evaluateNoMore, evaluation, tidying } from './jobs.ts'
import { measures } from './measures.ts'
import { Metrics } from './metrics.ts'
import { invalidToken } from './model/refusals.ts'
import { notYet } from './not-yet.ts'
import type { Env } from './operation.ts'
import { DeleteAlarms } from './operations/DeleteAlarms.ts'
import { DescribeAlarmHistory } from './operations/DescribeAlarmHistory.ts'
import { DescribeAlarms } from './operations/DescribeAlarms.ts'
import { DescribeAlarmsForMetric } from './operations/DescribeAlarmsForMetric.ts'
import { DisableAlarmActions } from './operations/DisableAlarmActions.ts'
import { EnableAlarmActions } from './operations/EnableAlarmActions.ts'
import { GetMetricData } from './operations/GetMetricData.ts'
import { GetMetricStatistics } from './operations/GetMetricStatistics.ts'
import { ListMetrics } from './operations/ListMetrics.ts'
import { ListTagsForResource } from './operations/ListTagsForResource.ts'
import { PutCompositeAlarm } from './operations/PutCompositeAlarm.ts'
import { PutMetricAlarm } from './operations/PutMetricAlarm.ts'
import { PutMetricData } from './operations/PutMetricData.ts'
import { SetAlarmState } from './operations/SetAlarmState.ts'
import { TagResource } from './operations/TagResource.ts'
import { UntagResource } from './operations/UntagResource.ts'
import type { Measures } from './port.ts'
import { type Counted, Series } from './series.ts'
import { type Tell, Transitions } from './transitions.ts'

const operations = {
  DeleteAlarms,
  DescribeAlarmHistory,
  DescribeAlarms,
  DescribeAlarmsForMetric,
  DisableAlarmActions,
  EnableAlarmActions,
  GetMetricData,
  GetMetricStatistics,
  ListMetrics,
  ListTagsForResource,
  PutCompositeAlarm,
  PutMetricAlarm,
  PutMetricData,
  SetAlarmState,
  TagResource,
  UntagResource,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** What AWS has and is not offered. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** What CloudWatch is built from. */
export interface Parts {
  readonly vault: Vault
  readonly jobs: Jobs
  readonly clock: Clock
  readonly events: Events
  /** How actions are put down: functions, API destinations. */
  readonly tell: Tell
  /** Metrics that are counted elsewhere. */
  readonly counted?: ((unit: Unit) => readonly Counted[]) | undefined
  /** Metrics that an account may have in a Region. */
  readonly mostMetrics?: number | undefined
}

/** Assumed: AWS has no such bound; ten thousand metrics, each in five hundred slots a day, are some gigabytes. */
const MOST_METRICS = 10_000

/** CloudWatch's metrics and alarms, with what main must do for it besides taking its calls. */
export interface CloudWatch {
  readonly service: Service<Env>
  readonly handlers: readonly JobHandler[]
  /** For other services. */
  readonly measures: Measures
}

/** What Query calls the errors of CloudWatch's model. Source: the model's awsQueryError traits. */
const QUERY_CODES = {
  InternalServiceFault: 'InternalServiceError',
  InvalidFormatFault: 'InvalidFormat',
  InvalidParameterCombinationException: 'InvalidParameterCombination',
  InvalidParameterValueException: 'InvalidParameterValue',
  LimitExceededFault: 'LimitExceeded',
  MissingRequiredParameterException: 'MissingParameter',
} as const

/** Members of answers that are floating point numbers. Source: CloudWatch's model. */
const DOUBLES: ReadonlySet<string> = new Set([
  'Average',
  'ExtendedStatistics',
  'Maximum',
  'Minimum',
  'SampleCount',
  'Sum',
  'Threshold',
  'Values',
])

/** Builds the service. */
export function cloudwatch(parts: Parts): CloudWatch {
  const { vault, jobs, mostMetrics = MOST_METRICS, counted = () => [] } = parts
  const rowKey = vault.macKey('cloudwatch/rows')
  const paging = pagingWith(vault.macKey('cloudwatch/paging'), invalidToken)
  const service: Service<Env> = {
    name: 'cloudwatch',
    signingName: 'monitoring',
    eventSource: 'monitoring.amazonaws.com',
    clockWindowMinutes: 15,
    json: { version: '1.0', targetPrefix: 'GraniteServiceVersion20100801' },
    query: { version: '2010-08-01', namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/' },
    rpc: { namespace: 'com.amazonaws.cloudwatch', doubles: DOUBLES },
    queryCompatible: QUERY_CODES,
    compressed: true,
    wording: {
      validation: 'ValidationError',
      modelled: 'message',
      capital: new Set(['InternalServiceFault', 'ConflictException']),
    },
    operations,
    notYet: Object.keys(notYet),
    env(unit: Unit, _: Call): Env {
      const metrics = new Metrics(unit, mostMetrics)
      const alarms = new Alarms(unit, rowKey)
      return {
        metrics,
        series: new Series(metrics, counted(unit)),
        alarms,
        transitions: new Transitions(unit, alarms, parts),
        paging,
        later: {
          evaluate: (alarm, now) => evaluateLater(unit, jobs, alarm, now),
          evaluateNoMore: (alarm) => evaluateNoMore(unit, jobs, alarm),
        },
      }
    },
  }
  return {
    service,
    handlers: [evaluation({ ...parts, rowKey, counted, mostMetrics }), tidying(jobs)],
    measures: measures(mostMetrics),
  }
}
