import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_GROUP, trial } from '../test/operation.ts'
import { T0 } from '../test/world.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { DescribeMetricFilters } from './DescribeMetricFilters.ts'
import { PutMetricFilter } from './PutMetricFilter.ts'

test('DescribeMetricFilters finds filters by group, by their beginning and by metric (API_DescribeMetricFilters)', async () => {
  await using one = await trial()
  await assert.rejects(one.run(DescribeMetricFilters, { logGroupName: 'g' }), NO_GROUP)
  const metricTransformations = [{ metricName: 'm', metricNamespace: 'n', metricValue: '1' }]
  const input = { logGroupName: 'g', filterName: 'f', filterPattern: 'ERROR', metricTransformations }
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(PutMetricFilter, input)
  await one.run(PutMetricFilter, { ...input, filterName: 'other' })
  const shown = { filterName: 'f', filterPattern: 'ERROR', metricTransformations, logGroupName: 'g' }
  const expected = { metricFilters: [{ ...shown, creationTime: T0, applyOnTransformedLogs: false }] }
  assert.deepEqual(await one.run(DescribeMetricFilters, { logGroupName: 'g', filterNamePrefix: 'f' }), expected)
  const byMetric = { metricName: 'm', metricNamespace: 'n' }
  assert.equal(
    ((await one.run(DescribeMetricFilters, byMetric)) as { metricFilters: unknown[] }).metricFilters.length,
    2,
  )
  await assert.rejects(one.run(DescribeMetricFilters, { metricName: 'm' }), { code: 'InvalidParameterException' })
  const { nextToken } = (await one.run(DescribeMetricFilters, { limit: 1 })) as { nextToken: string }
  const rest = (await one.run(DescribeMetricFilters, { limit: 1, nextToken }))?.metricFilters as {
    filterName: string
  }[]
  assert.equal(rest[0]?.filterName, 'other')
})
