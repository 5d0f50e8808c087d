import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { PutMetricFilter } from './PutMetricFilter.ts'

test('PutMetricFilter takes patterns and transformations as the service does (API_PutMetricFilter, API_MetricTransformation)', async () => {
  await using one = await trial()
  const metricTransformations = [{ metricName: 'm', metricNamespace: 'n', metricValue: '1' }]
  const input = { logGroupName: 'g', filterName: 'f', filterPattern: 'ERROR', metricTransformations }
  assert.equal(await one.resource(PutMetricFilter, input), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(PutMetricFilter, input), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(PutMetricFilter, input)
  const [transformation] = metricTransformations
  for (const wrong of [
    { filterPattern: '{ $.a' },
    { metricTransformations: [{ ...transformation, metricValue: 'x' }] },
    { metricTransformations: [{ ...transformation, metricNamespace: 'AWS/x' }] },
    { metricTransformations: [{ ...transformation, dimensions: { a: 'b' } }] },
    { metricTransformations: [{ ...transformation, dimensions: { a: '$.a' }, defaultValue: 0 }] },
    { fieldSelectionCriteria: 'x' },
  ])
    await assert.rejects(one.run(PutMetricFilter, { ...input, ...wrong }), { code: 'InvalidParameterException' })
  const put = (n: number, filterPattern: string) =>
    one.run(PutMetricFilter, { ...input, filterName: `f${n}`, filterPattern })
  for (let n = 0; n < 5; n++) await put(n, '%x%')
  await assert.rejects(put(5, '%x%'), { code: 'LimitExceededException' })
  for (let n = 5; n < 99; n++) await put(n, 'x')
  await assert.rejects(put(99, 'x'), { code: 'LimitExceededException' })
})
