import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { DeleteMetricFilter } from './DeleteMetricFilter.ts'
import { PutMetricFilter } from './PutMetricFilter.ts'

test('DeleteMetricFilter takes a filter off (API_DeleteMetricFilter)', async () => {
  await using one = await trial()
  await assert.rejects(one.run(DeleteMetricFilter, { logGroupName: 'g', filterName: 'f' }), NO_GROUP)
  const metricTransformations = [{ metricName: 'm', metricNamespace: 'n', metricValue: '1' }]
  const input = { logGroupName: 'g', filterName: 'f', filterPattern: 'ERROR', metricTransformations }
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(PutMetricFilter, input)
  await one.run(DeleteMetricFilter, { logGroupName: 'g', filterName: 'f' })
  await assert.rejects(one.run(DeleteMetricFilter, { logGroupName: 'g', filterName: 'f' }), {
    message: 'The specified metric filter does not exist.',
  })
})
