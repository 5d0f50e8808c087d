import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('DescribeAlarmsForMetric tells metrics apart by dimensions, statistic, period and unit (API_DescribeAlarmsForMetric)', async () => {
  await using shop = await trial()
  const Dimensions = [{ Name: 'Host', Value: 'h' }]
  await shop.call('PutMetricAlarm', { ...ALARM, AlarmName: 'plain' })
  await shop.call('PutMetricAlarm', { ...ALARM, AlarmName: 'host', Dimensions, Statistic: 'Maximum', Unit: 'Count' })
  const names = async (more: object) =>
    (await shop.call('DescribeAlarmsForMetric', { Namespace: 'Shop', MetricName: 'Errors', ...more })).MetricAlarms.map(
      ({ AlarmName }: { AlarmName: string }) => AlarmName,
    )
  assert.deepEqual(await names({}), ['plain'])
  assert.deepEqual(await names({ Dimensions, Unit: 'Count' }), ['host'])
  assert.deepEqual(await names({ Dimensions, Statistic: 'Sum' }), [])
  assert.deepEqual(await names({ Period: 300 }), [])
})
