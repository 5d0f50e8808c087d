import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, trial } from '../test/trial.ts'

const asked = (more: Record<string, unknown> = {}) => ({
  ...{ Namespace: 'Shop', MetricName: 'Errors', Period: 60, Statistics: ['Sum'] },
  ...{ StartTime: new Date(START - 600_000), EndTime: new Date(START + 60_000) },
  ...more,
})

test('GetMetricStatistics refuses what AWS refuses, in its words (surroundings.md 2)', async () => {
  await using shop = await trial()
  const wrong: [Record<string, unknown>, string, string | undefined][] = [
    [asked({ Statistics: undefined }), 'MissingRequiredParameterException', undefined],
    [asked({ ExtendedStatistics: ['p50'] }), 'InvalidParameterCombinationException', undefined],
    [asked({ Statistics: undefined, ExtendedStatistics: ['q50'] }), 'InvalidParameterValueException', undefined],
    [asked({ Period: 90 }), 'InvalidParameterValueException', undefined],
    [
      asked({ EndTime: new Date(START - 600_000) }),
      'InvalidParameterValueException',
      'The parameter StartTime must be less than the parameter EndTime.',
    ],
    [
      asked({ StartTime: new Date(START - 86_400_000), EndTime: new Date(START + 60_000) }),
      'InvalidParameterCombinationException',
      'You have requested up to 1441 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
    ],
  ]
  for (const [input, code, message] of wrong)
    await assert.rejects(shop.call('GetMetricStatistics', input), { code, ...(message && { message }) })
})

test('values by the second are there for three hours, and by the minute after (CloudWatch’s guide, high resolution)', async () => {
  await using shop = await trial()
  await shop.call('PutMetricData', {
    Namespace: 'Shop',
    MetricData: [0, 5, 20].map((second) => ({
      ...{ MetricName: 'Errors', Value: 1, StorageResolution: 1 },
      Timestamp: new Date(START + second * 1000),
    })),
  })
  const count = async (Period: number) =>
    (await shop.call('GetMetricStatistics', asked({ Period, StartTime: new Date(START) }))).Datapoints.length
  assert.deepEqual([await count(1), await count(10), await count(60)], [3, 2, 1])
  const { startTidying } = await import('../jobs.ts')
  await shop.storage.unit('write', (unit) => startTidying(unit, START))
  await shop.travel(5 * 3600)
  assert.deepEqual([await count(1), await count(60)], [0, 1])
})

test('what was put with and without a unit comes apart, and a unit asks for its own (API_GetMetricStatistics)', async () => {
  await using shop = await trial()
  for (const Unit of [undefined, 'Count', 'Count'])
    await shop.call('PutMetricData', { Namespace: 'Shop', MetricData: [{ MetricName: 'Errors', Value: 1, Unit }] })
  const units = async (more: object) =>
    (await shop.call('GetMetricStatistics', asked({ ...more }))).Datapoints.map(
      (each: { Unit: string; Sum: number }) => [each.Unit, each.Sum],
    )
  assert.deepEqual(await units({}), [
    ['Count', 2],
    ['None', 1],
  ])
  assert.deepEqual(await units({ Unit: 'Count' }), [['Count', 2]])
  assert.deepEqual(await units({ Unit: 'Bytes' }), [])
})
