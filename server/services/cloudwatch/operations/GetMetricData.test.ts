import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, trial } from '../test/trial.ts'

const query = (more: object = {}) => ({
  Id: 'm',
  MetricStat: { Metric: { Namespace: 'Shop', MetricName: 'Errors' }, Period: 60, Stat: 'Sum' },
  ...more,
})
const between = { StartTime: new Date(START - 600_000), EndTime: new Date(START + 60_000) }

test('GetMetricData answers newest first, unless the oldest are asked for first, page by page (API_GetMetricData)', async () => {
  await using shop = await trial()
  for (const minutes of [0, 1, 2, 3]) await shop.put(minutes, minutes * 60)
  const get = (more: object) => shop.call('GetMetricData', { ...between, MetricDataQueries: [query()], ...more })
  const [newest] = (await get({})).MetricDataResults
  assert.deepEqual(
    [newest.Values, newest.StatusCode, newest.Timestamps[0].getTime()],
    [[0, 1, 2, 3], 'Complete', START],
  )
  const [oldest] = (await get({ ScanBy: 'TimestampAscending' })).MetricDataResults
  assert.deepEqual(oldest.Values, [3, 2, 1, 0])
  const first = await get({ MaxDatapoints: 3 })
  assert.deepEqual(
    [first.MetricDataResults[0].Values, first.MetricDataResults[0].StatusCode],
    [[0, 1, 2], 'PartialData'],
  )
  const second = await get({ MaxDatapoints: 3, NextToken: first.NextToken })
  assert.deepEqual([second.MetricDataResults[0].Values, second.NextToken], [[3], undefined])
  await assert.rejects(get({ NextToken: first.NextToken, ScanBy: 'TimestampAscending' }), { code: 'InvalidNextToken' })
})

test('queries that are wrong are refused: ids, statistics, periods, formulas (API_MetricDataQuery)', async () => {
  await using shop = await trial()
  const wrong = [
    [],
    [query({ Id: 'M' })],
    [query({ Id: '__proto__' })],
    [query(), query()],
    [query({ Expression: '1' })],
    [{ Id: 'm' }],
    [{ Id: 'e', Expression: 'SUM(' }],
    [{ Id: 'e', Expression: 'absent' }],
    [{ Id: 'e', Expression: 'e + 1' }],
    [
      { Id: 'a', Expression: 'b + 1' },
      { Id: 'b', Expression: 'a + 1' },
    ],
    [{ Id: 'e', Expression: '1 + 1' }],
    [query({ MetricStat: { Metric: { Namespace: 'Shop', MetricName: 'm' }, Period: 61, Stat: 'Sum' } })],
    [query({ MetricStat: { Metric: { Namespace: 'Shop', MetricName: 'm' }, Period: 60, Stat: 'Median' } })],
    Array.from({ length: 501 }, (_, n) => query({ Id: `m${n}` })),
  ]
  for (const MetricDataQueries of wrong)
    await assert.rejects(
      shop.call('GetMetricData', { ...between, MetricDataQueries }),
      { code: 'ValidationError' },
      JSON.stringify(MetricDataQueries).slice(0, 100),
    )
  await assert.rejects(
    shop.call('GetMetricData', { ...between, EndTime: between.StartTime, MetricDataQueries: [query()] }),
    { message: 'The parameter StartTime must be less than the parameter EndTime.' },
  )
})

test('what is not to be returned is not; metrics of another account are forbidden, not empty', async () => {
  await using shop = await trial()
  await shop.put(4)
  const { MetricDataResults } = await shop.call('GetMetricData', {
    ...between,
    MetricDataQueries: [
      query({ ReturnData: false }),
      { Id: 'twice', Expression: 'm * 2' },
      query({ Id: 'theirs', AccountId: '444455556666' }),
    ],
  })
  assert.deepEqual(
    MetricDataResults.map((each: { Id: string; Values: number[]; StatusCode: string }) => [
      each.Id,
      each.Values,
      each.StatusCode,
    ]),
    [
      ['twice', [8], 'Complete'],
      ['theirs', [], 'Forbidden'],
    ],
  )
})
