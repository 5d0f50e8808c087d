import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, START, trial } from '../test/trial.ts'

test('DescribeAlarmHistory goes page by page in either order, between two times (API_DescribeAlarmHistory)', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', ALARM)
  for (const StateValue of ['OK', 'ALARM', 'OK'])
    await shop.call('SetAlarmState', { AlarmName: 'errors', StateValue, StateReason: StateValue })
  const summaries = async (more: object) => {
    const { AlarmHistoryItems, NextToken } = await shop.call('DescribeAlarmHistory', { ...more })
    return [
      AlarmHistoryItems.map(({ HistorySummary }: { HistorySummary: string }) => HistorySummary.slice(-5)),
      NextToken,
    ]
  }
  const [first, token] = await summaries({ MaxRecords: 3 })
  assert.deepEqual(first, ['to OK', 'ALARM', 'to OK'])
  assert.deepEqual(await summaries({ MaxRecords: 3, NextToken: token }), [['eated'], undefined])
  assert.deepEqual((await summaries({ ScanBy: 'TimestampAscending', MaxRecords: 2 }))[0], ['eated', 'to OK'])
  assert.deepEqual(await summaries({ EndDate: new Date(START - 1) }), [[], undefined])
  assert.deepEqual(await summaries({ AlarmTypes: ['CompositeAlarm'] }), [[], undefined])
})
