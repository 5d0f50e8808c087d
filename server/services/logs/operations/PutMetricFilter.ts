import type { PutMetricFilterRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import { checkTransformation, MOST_METRIC_FILTERS, type Transformation } from '../model/filters.ts'
import { pattern } from '../model/filter/pattern.ts'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { invalidParameter, limitExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { checkRegexes, nothingMore } from '../putting.ts'
import { targetOf } from '../target.ts'

/** Makes a metric of the events that a pattern takes, or changes how. Source: API_PutMetricFilter. */
export const PutMetricFilter = operation<PutMetricFilterRequest, undefined>()({
  name: 'PutMetricFilter',
  effect: 'write',
  input: {
    logGroupName: required(members.LogGroupName),
    filterName: required(members.FilterName),
    filterPattern: required(members.FilterPattern),
    metricTransformations: required(members.MetricTransformations),
    applyOnTransformedLogs: members.Flag,
    fieldSelectionCriteria: members.FieldSelectionCriteria,
    emitSystemFieldDimensions: members.SystemFields,
  },
  errors: [
    ...(['InvalidParameterException', 'ResourceNotFoundException', 'OperationAbortedException'] as const),
    ...(['LimitExceededException', 'ServiceUnavailableException', 'InvalidOperationException'] as const),
  ],
  target: ({ logGroupName }, env, call) => targetOf({ logGroupName }, env, call),
  async run(input, { groups, metricFilters, subscriptions }, call) {
    nothingMore(input.fieldSelectionCriteria, input.emitSystemFieldDimensions)
    const group = await groups.lock(groupNamed({ logGroupName: input.logGroupName }, call))
    pattern(input.filterPattern)
    const [transformation] = input.metricTransformations as readonly Transformation[]
    if (transformation === undefined) throw invalidParameter('A metric transformation is needed.')
    checkTransformation(transformation)
    const old = await metricFilters.find(group, input.filterName)
    if (old === undefined && (await metricFilters.count(group)) >= MOST_METRIC_FILTERS) throw limitExceeded()
    const all = [...(await metricFilters.ofGroup(group)), ...(await subscriptions.ofGroup(group))]
    checkRegexes(
      input.filterPattern,
      all.filter((one) => one.name !== input.filterName),
    )
    const createdAt = old?.createdAt ?? call.now
    await metricFilters.save(group, { name: input.filterName, pattern: input.filterPattern, transformation, createdAt })
    return undefined
  },
})
