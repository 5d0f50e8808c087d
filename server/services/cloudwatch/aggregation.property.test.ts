import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CELL, START, trial } from './test/trial.ts'

/** What was put, as plain lists; what CloudWatch says of it is worked out from these. */
interface Put {
  readonly secondsAgo: number
  readonly value: number
  readonly unit: 'Count' | 'Bytes' | undefined
}

const put = fc.record({
  secondsAgo: fc.integer({ min: 0, max: 4 * 3600 }),
  value: fc.integer({ min: -50, max: 50 }),
  unit: fc.constantFrom('Count' as const, 'Bytes' as const, undefined),
})

test('whatever was put, in whatever order, statistics of each period and unit are those of the values (a plain model)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(put, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(60, 120, 300, 600, 3600),
      async (puts, Period) => {
        await using shop = await trial()
        for (const { secondsAgo, value, unit } of puts)
          await shop.call('PutMetricData', {
            Namespace: 'Shop',
            MetricData: [
              {
                MetricName: 'm',
                Value: value,
                Timestamp: new Date(START - secondsAgo * 1000),
                ...(unit && { Unit: unit }),
              },
            ],
          })
        const from = START - 5 * 3_600_000
        const { Datapoints } = await shop.call('GetMetricStatistics', {
          ...{
            Namespace: 'Shop',
            MetricName: 'm',
            StartTime: new Date(from),
            EndTime: new Date(START + 60_000),
            Period,
          },
          Statistics: ['SampleCount', 'Sum', 'Minimum', 'Maximum', 'Average'],
        })
        const expected = plainly(puts, from, Period)
        const found = new Map(
          Datapoints.map(
            (each: {
              Timestamp: Date
              Unit: string
              SampleCount: number
              Sum: number
              Minimum: number
              Maximum: number
            }) => [
              `${each.Timestamp.getTime()} ${each.Unit}`,
              [each.SampleCount, each.Sum, each.Minimum, each.Maximum],
            ],
          ),
        )
        assert.deepEqual(Object.fromEntries([...found].sort()), expected)
      },
    ),
    { numRuns: 25 },
  )
})

function plainly(puts: readonly Put[], from: number, period: number): Record<string, number[]> {
  const slots = new Map<string, number[]>()
  for (const { secondsAgo, value, unit = 'None' } of puts) {
    const at = START - secondsAgo * 1000
    const slot = from + Math.floor((at - from) / (period * 1000)) * period * 1000
    const key = `${slot} ${unit}`
    slots.set(key, [...(slots.get(key) ?? []), value])
  }
  return Object.fromEntries(
    [...slots]
      .map(([key, values]): [string, number[]] => [
        key,
        [values.length, values.reduce((a, b) => a + b, 0), Math.min(...values), Math.max(...values)],
      ])
      .sort(),
  )
}

test('what is kept in fewer values than were put never lies outside of them, and near where it should be', async () => {
  await using shop = await trial()
  const values = Array.from({ length: 1000 }, (_, n) => n + 1)
  for (let at = 0; at < values.length; at += 100)
    await shop.call('PutMetricData', {
      Namespace: 'Shop',
      MetricData: [{ MetricName: 'm', Values: values.slice(at, at + 100) }],
    })
  const { Datapoints } = await shop.call('GetMetricStatistics', {
    ...{
      Namespace: 'Shop',
      MetricName: 'm',
      StartTime: new Date(START),
      EndTime: new Date(START + 60_000),
      Period: 60,
    },
    ExtendedStatistics: ['p0', 'p50', 'p90', 'p99', 'p100'],
  })
  const found = Datapoints[0].ExtendedStatistics as Map<string, number>
  for (const [name, exact] of [
    ['p50', 500],
    ['p90', 900],
    ['p99', 990],
  ] as const)
    assert.ok(Math.abs((found.get(name) as number) - exact) / exact < 0.1, `${name}: ${found.get(name)}`)
  assert.ok((found.get('p0') as number) >= 1 && (found.get('p100') as number) <= 1000)
})

test('an account has as many metrics as it may have: new ones are refused, known ones still take values', async () => {
  await using shop = await trial({ mostMetrics: 3 })
  const one = (MetricName: string, account?: string) =>
    shop.call('PutMetricData', { Namespace: 'Shop', MetricData: [{ MetricName, Value: 1 }] }, account)
  for (const name of ['a', 'b', 'c']) await one(name)
  await assert.rejects(one('d'), { code: 'ThrottlingException' })
  await one('a')
  await one('d', '444455556666')
  const { Metrics } = await shop.call('ListMetrics', {})
  assert.deepEqual(
    Metrics.map((each: { MetricName: string }) => each.MetricName),
    ['a', 'b', 'c'],
  )
})

test('retention: by the minute 15 days, by five 63, by the hour 455 (surroundings.md 2)', async () => {
  await using shop = await trial()
  const { startTidying } = await import('./jobs.ts')
  await shop.storage.unit('write', (unit) => startTidying(unit, START))
  await shop.put(7)
  const count = async (Period: number) => {
    const input = { StartTime: new Date(START), EndTime: new Date(START + 3_600_000), Period, Statistics: ['Sum'] }
    const { Datapoints } = await shop.call('GetMetricStatistics', { Namespace: 'Shop', MetricName: 'Errors', ...input })
    return Datapoints.length
  }
  const day = 86_400_000
  for (const [days, kept] of [
    [1, [1, 1, 1]],
    [15.1, [0, 1, 1]],
    [63.1, [0, 0, 1]],
    [455.2, [0, 0, 0]],
  ] as const) {
    shop.clock.set(START + days * day)
    await shop.runner.runDue(shop.clock.now())
    assert.deepEqual([await count(60), await count(300), await count(3600)], kept, `${days} days`)
  }
  assert.deepEqual(shop.failures, [])
})

test('services put into AWS’s namespaces; what is not finite is left out and harms nothing (port.ts)', async () => {
  await using shop = await trial()
  await shop.storage.unit('write', (unit) =>
    shop.measures.put(unit, {
      ...CELL,
      namespace: 'AWS/Events',
      data: [
        { name: 'Invocations', dimensions: [['RuleName', 'r']], value: 2, unit: 'Count', time: START },
        { name: 'Invocations', dimensions: [['RuleName', 'r']], value: Number.NaN, time: START },
        { name: 'Took', stats: { count: 2, sum: 6, min: 2, max: 4 }, time: START },
      ],
    }),
  )
  const { Metrics } = await shop.call('ListMetrics', { Namespace: 'AWS/Events' })
  assert.deepEqual(Metrics, [
    { Namespace: 'AWS/Events', MetricName: 'Invocations', Dimensions: [{ Name: 'RuleName', Value: 'r' }] },
    { Namespace: 'AWS/Events', MetricName: 'Took', Dimensions: [] },
  ])
})
