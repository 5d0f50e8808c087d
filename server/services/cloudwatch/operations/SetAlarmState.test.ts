import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('SetAlarmState holds until the next evaluation; an alarm that is not there is ResourceNotFound, 404 (surroundings.md 2)', async () => {
  await using shop = await trial()
  const set = () => shop.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a test' })
  await assert.rejects(set(), { code: 'ResourceNotFound', status: 404 })
  await shop.call('PutMetricAlarm', { ...ALARM, TreatMissingData: 'notBreaching' })
  await set()
  assert.equal(await shop.state('errors'), 'ALARM')
  await shop.travel(70)
  assert.equal(await shop.state('errors'), 'OK')
})
