import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, trial } from '../test/trial.ts'

const HOUR = 3_600_000
const put = (datum: Record<string, unknown>, Namespace = 'Shop') => ({
  Namespace,
  MetricData: [{ MetricName: 'm', ...datum }],
})

test('PutMetricData refuses what AWS refuses, and keeps nothing of a request that has one wrong value (surroundings.md 2)', async () => {
  await using shop = await trial()
  const wrong: [Record<string, unknown>, string][] = [
    [put({ Value: 1 }, 'AWS/Mine'), 'InvalidParameterValueException'],
    [put({}), 'MissingRequiredParameterException'],
    [{ Namespace: 'Shop' }, 'MissingRequiredParameterException'],
    [put({ Value: Number.NaN }), 'InvalidParameterValueException'],
    [put({ Values: [1, Number.POSITIVE_INFINITY] }), 'InvalidParameterValueException'],
    [put({ Value: 2 ** 361 }), 'InvalidParameterValueException'],
    [put({ Value: 1, Values: [1] }), 'InvalidParameterCombinationException'],
    [
      put({ Value: 1, StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 } }),
      'InvalidParameterCombinationException',
    ],
    [put({ Values: [1], Counts: [1, 2] }), 'InvalidParameterValueException'],
    [put({ Values: Array.from({ length: 151 }, () => 1) }), 'InvalidParameterValueException'],
    [put({ StatisticValues: { SampleCount: 0, Sum: 0, Minimum: 0, Maximum: 0 } }), 'InvalidParameterValueException'],
    [put({ StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 2, Maximum: 1 } }), 'InvalidParameterValueException'],
    [put({ Value: 1, StorageResolution: 30 }), 'InvalidParameterValueException'],
    [put({ Value: 1, Timestamp: new Date(START + 2 * HOUR + 1) }), 'InvalidParameterValueException'],
    [put({ Value: 1, Timestamp: new Date(START - 14 * 24 * HOUR - 1) }), 'InvalidParameterValueException'],
    [
      { Namespace: 'Shop', MetricData: Array.from({ length: 1001 }, () => ({ MetricName: 'm', Value: 1 })) },
      'InvalidParameterValueException',
    ],
    [
      { Namespace: 'Shop', MetricData: [{ MetricName: 'good', Value: 1 }, { MetricName: 'bad' }] },
      'MissingRequiredParameterException',
    ],
  ]
  for (const [input, code] of wrong)
    await assert.rejects(shop.call('PutMetricData', input), { code }, JSON.stringify(input).slice(0, 200))
  assert.deepEqual((await shop.call('ListMetrics', {})).Metrics, [])
  await shop.call('PutMetricData', put({ Value: 1, Timestamp: new Date(START + 2 * HOUR) }))
  await shop.call('PutMetricData', put({ Value: 1, Timestamp: new Date(START - 14 * 24 * HOUR) }))
})

test('values of entities are values like others (API_PutMetricData, EntityMetricData)', async () => {
  await using shop = await trial()
  await shop.call('PutMetricData', {
    Namespace: 'Shop',
    EntityMetricData: [{ Entity: { KeyAttributes: {} }, MetricData: [{ MetricName: 'm', Value: 1 }] }],
  })
  assert.equal((await shop.call('ListMetrics', {})).Metrics.length, 1)
})
