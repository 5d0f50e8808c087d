import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('PutCompositeAlarm evaluates its rule at once; a name that an alarm of another type has is refused (API_PutCompositeAlarm)', async () => {
  await using shop = await trial()
  await shop.call('PutCompositeAlarm', { AlarmName: 'always', AlarmRule: 'NOT FALSE' })
  assert.equal(await shop.state('always'), 'ALARM')
  await shop.call('PutMetricAlarm', ALARM)
  await assert.rejects(shop.call('PutCompositeAlarm', { AlarmName: 'errors', AlarmRule: 'TRUE' }), {
    code: 'ValidationError',
  })
})
