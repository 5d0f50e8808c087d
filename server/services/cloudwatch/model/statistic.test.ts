import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregateOfSet, type Aggregate } from './aggregate.ts'
import { statisticOf } from './statistic.ts'

const of = (...values: number[]): Aggregate => ({
  count: values.length,
  sum: values.reduce((a, b) => a + b, 0),
  min: Math.min(...values),
  max: Math.max(...values),
  values: new Map(values.map((value) => [value, values.filter((each) => each === value).length])),
})
const TEN = of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)

test('statistics by their names (CloudWatch’s guide, "Statistics definitions")', () => {
  const said: [string, number | undefined][] = [
    ['Average', 5.5],
    ['SampleCount', 10],
    ['p50', 5],
    ['p99', 10],
    ['p0', 1],
    ['tm90', 5],
    ['TM(20%:80%)', 5.5],
    ['IQM', 5.5],
    ['tc90', 9],
    ['ts90', 45],
    ['PR(:3)', 30],
    ['PR(2:4)', 20],
    ['TC(:5)', 5],
    ['wm80', 5.2],
  ]
  for (const [name, value] of said) assert.equal(statisticOf(name)?.(TEN), value, name)
  for (const name of [
    '',
    'Median',
    'p101',
    'p',
    'P50',
    'p50x',
    'TM()',
    'TM(:)',
    'PR(10%:20%)',
    'TM(90%:10%)',
    'constructor',
  ])
    assert.equal(statisticOf(name), undefined, name)
})

test('of a set of statistics percentiles are not known, unless all its values are one (API_StatisticSet)', () => {
  const p90 = statisticOf('p90')
  assert.equal(p90?.(aggregateOfSet({ count: 2, sum: 5, min: 1, max: 4 })), undefined)
  assert.equal(p90?.(aggregateOfSet({ count: 3, sum: 6, min: 2, max: 2 })), 2)
})
