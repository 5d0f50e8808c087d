import type { PutMetricDataInput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import { checkNamespace, measuredIn } from '../model/datum.ts'
import * as members from '../model/members.ts'
import { missing } from '../model/refusals.ts'
import { operation } from '../operation.ts'

/**
 * Adds values to metrics. Entities, which AWS shows beside metrics, are taken and not kept. The trail says how many values came, not
 * which: CloudTrail has no record of PutMetricData as a management event. Source: API_PutMetricData; surroundings.md 2.
 */
export const PutMetricData = operation<PutMetricDataInput, undefined>()({
  name: 'PutMetricData',
  effect: 'write',
  input: {
    Namespace: required(members.Namespace),
    MetricData: members.MetricData,
    EntityMetricData: members.EntityMetricData,
    StrictEntityValidation: members.Flag,
  },
  errors: [
    'InternalServiceFault',
    'InvalidParameterCombinationException',
    'InvalidParameterValueException',
    'MissingRequiredParameterException',
  ],
  audit: {
    request: ({ Namespace, MetricData, EntityMetricData }) => ({
      namespace: Namespace,
      metricData: (MetricData?.length ?? 0) + (EntityMetricData ?? []).flatMap((each) => each.MetricData ?? []).length,
    }),
  },
  target: ({ Namespace }) => ({ resource: '*', context: { 'cloudwatch:namespace': Namespace } }),
  async run({ Namespace, MetricData, EntityMetricData }, { metrics }, { account, region, now }) {
    checkNamespace(Namespace)
    const entities = (EntityMetricData ?? []).flatMap((each) => each.MetricData ?? [])
    if ((MetricData?.length ?? 0) + entities.length === 0) throw missing('The parameter MetricData must be specified.')
    const measured = [
      ...measuredIn(Namespace, MetricData ?? [], now),
      ...measuredIn(Namespace, entities, now, 'EntityMetricData'),
    ]
    await metrics.add({ account, region }, measured)
    return undefined
  },
})
