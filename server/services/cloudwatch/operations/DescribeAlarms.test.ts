import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('DescribeAlarms finds what a composite alarm names, and which name an alarm (API_DescribeAlarms)', async () => {
  await using shop = await trial()
  for (const AlarmName of ['a', 'b', 'c']) await shop.call('PutMetricAlarm', { ...ALARM, AlarmName })
  await shop.call('PutCompositeAlarm', { AlarmName: 'ab', AlarmRule: 'ALARM(a) OR ALARM(b)' })
  const names = async (input: object) => {
    const { MetricAlarms, CompositeAlarms } = await shop.call('DescribeAlarms', { ...input })
    return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }: { AlarmName: string }) => AlarmName)
  }
  assert.deepEqual(await names({ ChildrenOfAlarmName: 'ab' }), ['a', 'b'])
  assert.deepEqual(await names({ ParentsOfAlarmName: 'a' }), ['ab'])
  assert.deepEqual(await names({ AlarmNames: ['c', 'ab', 'absent'] }), ['c', 'ab'])
  assert.deepEqual(await names({}), ['a', 'b', 'c'])
  await assert.rejects(names({ AlarmNames: ['a'], AlarmNamePrefix: 'a' }), { code: 'ValidationError' })
})
