import type {
  AlarmPromQLCriteria,
  PutMetricAlarmInput,
  SlidingWindow,
  WallClockWindow,
} from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import { longest } from '../graphs.ts'
import { periodOfQueries } from '../evaluating.ts'
import * as members from '../model/members.ts'
import { settingsIn } from '../model/settings.ts'
import { operation } from '../operation.ts'
import { putAlarm } from '../putting.ts'
import { putAlarmTargets } from '../target.ts'

/** The SDK's input; of its unions only the members that are known. */
interface Input extends Omit<PutMetricAlarmInput, 'EvaluationCriteria' | 'EvaluationWindow'> {
  EvaluationCriteria?: { PromQLCriteria?: AlarmPromQLCriteria | undefined } | undefined
  EvaluationWindow?:
    | { WallClockWindow?: WallClockWindow | undefined; SlidingWindow?: SlidingWindow | undefined }
    | undefined
}

/**
 * Makes or replaces an alarm on a metric or on a formula over metrics; it is evaluated each period from now on. Source:
 * API_PutMetricAlarm; surroundings.md 2.
 */
export const PutMetricAlarm = operation<Input, undefined>()({
  name: 'PutMetricAlarm',
  effect: 'write',
  input: {
    AlarmName: required(members.AlarmName),
    AlarmDescription: members.AlarmDescription,
    ActionsEnabled: members.Flag,
    OKActions: members.Actions,
    AlarmActions: members.Actions,
    InsufficientDataActions: members.Actions,
    MetricName: members.MetricName,
    Namespace: members.Namespace,
    Statistic: members.Statistic,
    ExtendedStatistic: members.ExtendedStatistic,
    Dimensions: members.Dimensions,
    Period: members.Period,
    Unit: members.StandardUnit,
    EvaluationPeriods: members.EvaluationPeriods,
    DatapointsToAlarm: members.EvaluationPeriods,
    Threshold: members.Double,
    ComparisonOperator: members.ComparisonOperator,
    TreatMissingData: members.TreatMissingData,
    EvaluateLowSampleCountPercentile: members.TreatMissingData,
    Metrics: members.MetricDataQueries,
    Tags: members.Tags,
    ThresholdMetricId: members.MetricId,
    EvaluationWindow: members.EvaluationWindow,
    WarmUpConfiguration: members.WarmUpConfiguration,
    EvaluationCriteria: members.EvaluationCriteria,
    EvaluationInterval: members.EvaluationInterval,
    ActionConfiguration: members.ActionConfiguration,
  },
  errors: ['LimitExceededFault', 'InvalidParameterCombinationException', 'MissingRequiredParameterException'],
  target: (input, env, call) => putAlarmTargets(input, env, call),
  async run(input, env, call) {
    const settings = settingsIn(input, (queries) => periodOfQueries(queries, (query) => longest(query, queries)))
    const { AlarmName, ActionsEnabled: enabled = true, Tags } = input
    const alarm = await putAlarm(env, call, AlarmName, settings, { enabled, tags: tagsIn(Tags) })
    await env.later.evaluate(alarm, call.now)
    return undefined
  },
})
