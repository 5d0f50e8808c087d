import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('DisableAlarmActions is seen in the description, and passes over names of no alarm (API_DisableAlarmActions)', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', { ...ALARM, ActionsEnabled: true })
  await shop.call('DisableAlarmActions', { AlarmNames: ['absent', 'errors'] })
  assert.equal((await shop.call('DescribeAlarms', {})).MetricAlarms[0].ActionsEnabled, false)
})
