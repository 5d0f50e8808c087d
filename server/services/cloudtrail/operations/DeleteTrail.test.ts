import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial, unknown } from '../test/trial.ts'

test('DeleteTrail takes the trail and its status away and tells delivery', async () => {
  await using t = await trial()
  await t.make('main')
  await t.status('main', { deliveryAt: 5 })
  await t.call('DeleteTrail', { Name: 'main' })
  assert.deepEqual(
    t.told.map(([what]) => what),
    ['deleted'],
  )
  await t.refused('DeleteTrail', { Name: 'main' }, 'TrailNotFoundException', unknown('main'))
  await t.make('main')
  const { LatestDeliveryTime } = await t.call('GetTrailStatus', { Name: 'main' })
  assert.equal(LatestDeliveryTime, undefined)
})
