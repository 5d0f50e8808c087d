import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('EnableAlarmActions is seen in the description, and passes over names of no alarm (API_EnableAlarmActions)', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', { ...ALARM, ActionsEnabled: false })
  await shop.call('EnableAlarmActions', { AlarmNames: ['absent', 'errors'] })
  assert.equal((await shop.call('DescribeAlarms', {})).MetricAlarms[0].ActionsEnabled, true)
})
