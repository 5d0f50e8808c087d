import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('ListMetrics filters by dimensions, pages by 500, and forgets what had no value for two weeks (surroundings.md 2)', async () => {
  await using shop = await trial()
  for (const part of [0, 1])
    await shop.call('PutMetricData', {
      Namespace: 'Shop',
      MetricData: Array.from({ length: 300 }, (_, n) => ({
        MetricName: 'm',
        Value: 1,
        Dimensions: [
          { Name: 'Host', Value: `h${part}` },
          { Name: 'Disk', Value: `${n}` },
        ],
      })),
    })
  const list = (more: object = {}) => shop.call('ListMetrics', { Namespace: 'Shop', ...more })
  const first = await list()
  assert.equal(first.Metrics.length, 500)
  const second = await list({ NextToken: first.NextToken })
  assert.deepEqual([second.Metrics.length, second.NextToken], [100, undefined])
  const texts = [...first.Metrics, ...second.Metrics].map((each) => JSON.stringify(each))
  assert.equal(new Set(texts).size, 600)
  assert.deepEqual(first.Metrics[0].Dimensions[0].Name, 'Disk')
  const count = async (...Dimensions: object[]) => (await list({ Dimensions })).Metrics.length
  assert.equal(await count({ Name: 'Host', Value: 'h1' }), 300)
  assert.equal(await count({ Name: 'Host', Value: 'h1' }, { Name: 'Disk', Value: '7' }), 1)
  assert.equal(await count({ Name: 'Rack' }), 0)
  await assert.rejects(list({ NextToken: 'x' }), { code: 'InvalidParameterValueException' })
  assert.deepEqual((await shop.call('ListMetrics', {}, '444455556666')).Metrics, [])
  shop.clock.set(shop.clock.now() + 4 * 3_600_000)
  assert.equal((await list({ RecentlyActive: 'PT3H' })).Metrics.length, 0)
  shop.clock.set(shop.clock.now() + 14 * 86_400_000)
  assert.equal((await list()).Metrics.length, 0)
})
