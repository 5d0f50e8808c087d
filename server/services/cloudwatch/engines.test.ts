import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import { ALARM, MIGRATIONS, START, trial } from './test/trial.ts'

type Trial = Awaited<ReturnType<typeof trial>>

/** Calls of every kind; answers what was answered. */
async function walk(shop: Trial): Promise<unknown[]> {
  const said: unknown[] = []
  const call = async (name: string, input: Record<string, unknown>) => {
    const out = await shop.call(name, input)
    said.push([name, JSON.parse(JSON.stringify(out ?? null, (key, value) => (key === 'NextToken' ? '…' : value)))])
    return out
  }
  const names = ['a', 'B', 'b', 'ä', 'a-b', 'a_b', 'Z']
  for (const [at, MetricName] of names.entries())
    await call('PutMetricData', {
      Namespace: at % 2 === 0 ? 'Shop' : 'shop',
      MetricData: [
        { MetricName, Value: at, Unit: 'Count', StorageResolution: 1 },
        { MetricName, Values: [at, at + 0.5], Counts: [2, 3], Timestamp: new Date(START - at * 60_000) },
        { MetricName, StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 }, Unit: 'Count' },
      ],
    })
  await call('ListMetrics', {})
  await call('ListMetrics', { Namespace: 'Shop' })
  for (const Period of [1, 60, 300, 3600])
    await call('GetMetricStatistics', {
      ...{ Namespace: 'Shop', MetricName: 'b', Period, Statistics: ['Sum', 'Minimum', 'SampleCount'] },
      ...{ StartTime: new Date(START - 1_200_000), EndTime: new Date(START + 60_000) },
    })
  for (const AlarmName of names) await call('PutMetricAlarm', { ...ALARM, AlarmName })
  await call('PutCompositeAlarm', { AlarmName: 'any', AlarmRule: names.map((name) => `ALARM("${name}")`).join(' OR ') })
  const { NextToken } = await call('DescribeAlarms', { MaxRecords: 4 })
  await call('DescribeAlarms', { MaxRecords: 4, NextToken })
  await call('DescribeAlarms', { AlarmNamePrefix: 'a' })
  await shop.put(9)
  await shop.travel(70)
  await call('DescribeAlarms', { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] })
  await call('DescribeAlarmHistory', { AlarmName: 'any' })
  await call('DescribeAlarmHistory', { HistoryItemType: 'StateUpdate', ScanBy: 'TimestampAscending' })
  await call('DeleteAlarms', { AlarmNames: ['a', 'B'] })
  assert.deepEqual(shop.failures, [])
  return said
}

test('SQLite and PostgreSQL say the same, call by call', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  await using small = await trial()
  const clock = new SettableClock(START, false)
  await using large = await trial({
    storage: await openPostgres({
      url: await postgres.database(),
      migrations: MIGRATIONS,
      clock,
      random: systemRandom,
    }),
  })
  assert.deepEqual(await walk(large), await walk(small))
})

test('on PostgreSQL, values that many put at once are all counted, and a change acts once on two nodes', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using postgres = await startPostgres()
  const clock = new SettableClock(START, false)
  const url = await postgres.database()
  await using one = await trial({
    storage: await openPostgres({ url, migrations: MIGRATIONS, clock, random: systemRandom }),
  })
  await using two = await trial({
    storage: await openPostgres({ url, migrations: MIGRATIONS, clock, random: systemRandom }),
  })
  await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : two).put(1)))
  await one.call('PutMetricAlarm', { ...ALARM, AlarmActions: ['arn:aws:lambda:us-east-1:111122223333:function:f'] })
  for (const node of [one, two]) node.clock.set(START + 70_000)
  await Promise.all([one.runner.runDue(START + 70_000), two.runner.runDue(START + 70_000)])
  const { Datapoints } = await one.call('GetMetricStatistics', {
    ...{ Namespace: 'Shop', MetricName: 'Errors', Period: 60, Statistics: ['Sum'] },
    ...{ StartTime: new Date(START), EndTime: new Date(START + 60_000) },
  })
  assert.equal(Datapoints[0].Sum, 20)
  assert.equal(await one.state('errors'), 'ALARM')
  assert.equal(one.actions.length + two.actions.length, 1)
})
