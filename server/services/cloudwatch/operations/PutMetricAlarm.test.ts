import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('PutMetricAlarm makes an alarm that knows nothing yet; put again it keeps its state and its tags (API_PutMetricAlarm)', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', { ...ALARM, Tags: [{ Key: 'team', Value: 'blue' }] })
  await shop.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'x' })
  await shop.call('PutMetricAlarm', { ...ALARM, Threshold: 7, Tags: [{ Key: 'team', Value: 'red' }] })
  const [alarm] = (await shop.call('DescribeAlarms', {})).MetricAlarms
  assert.deepEqual([alarm.StateValue, alarm.Threshold, alarm.ActionsEnabled], ['ALARM', 7, true])
  const { Tags } = await shop.call('ListTagsForResource', { ResourceARN: alarm.AlarmArn })
  assert.deepEqual(Tags, [{ Key: 'team', Value: 'blue' }])
})
