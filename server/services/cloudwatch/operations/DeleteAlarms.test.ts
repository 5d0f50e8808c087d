import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('DeleteAlarms ends the evaluation, and leaves the history (API_DeleteAlarms)', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', ALARM)
  await shop.call('DeleteAlarms', { AlarmNames: ['errors', 'errors'] })
  assert.equal(await shop.travel(600), 0)
  const { AlarmHistoryItems } = await shop.call('DescribeAlarmHistory', { AlarmName: 'errors' })
  assert.deepEqual(
    AlarmHistoryItems.map(({ HistorySummary }: { HistorySummary: string }) => HistorySummary),
    ['Alarm "errors" deleted', 'Alarm "errors" created'],
  )
})
