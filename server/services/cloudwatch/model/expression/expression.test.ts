import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mostEffort } from './effort.ts'
import { evaluate, type Scope } from './evaluate.ts'
import { ExpressionBroken, parseExpression } from './parse.ts'
import { seriesOf, type SeriesValue, type Value } from './value.ts'

const series = (...values: (number | undefined)[]): SeriesValue =>
  seriesOf(
    new Map(values.flatMap((value, at): [number, number][] => (value === undefined ? [] : [[at * 60, value]]))),
    60,
  )

const METRICS: Readonly<Record<string, SeriesValue>> = {
  m1: series(1, 2, undefined, 4),
  m2: series(10, 20, 30, 0),
  errors: series(0, 1, 0, 3),
}
const scope: Scope = {
  effort: { left: Number.POSITIVE_INFINITY },
  from: 0,
  to: 240,
  period: 60,
  value: (id) => (Object.hasOwn(METRICS, id) ? METRICS[id] : undefined),
  metrics: () => Object.entries(METRICS).map(([id, value]) => ({ id, value })),
}

/** What an expression comes to: a number, or values slot by slot with `-` for none. */
function said(text: string): string {
  const shown = (value: Value): string => {
    if (value.kind === 'scalar') return String(value.value)
    if (value.kind === 'text') return value.value
    if (value.kind === 'list') return `[${value.of.map(shown).join('; ')}]`
    return [0, 60, 120, 180].map((at) => value.points.get(at) ?? '-').join(' ')
  }
  return shown(evaluate(parseExpression(text), scope))
}

test('metric math: arithmetic, functions over one series and over many (CloudWatch’s guide, "Using metric math")', () => {
  const table: [string, string][] = [
    ['m1 + m2', '11 22 - 4'],
    ['m2 / m1', '10 10 - 0'],
    ['m1 / m2', '0.1 0.1 - -'],
    ['1 + 2 * 3 ^ 2', '19'],
    ['2 ^ 3 ^ 2', '512'],
    ['-m1 * (2 - 1)', '-1 -2 - -4'],
    ['10 - 4 - 3', '3'],
    ['SUM(m1)', '7'],
    ['SUM([m1, m2])', '11 22 30 4'],
    ['AVG(METRICS("m"))', '5.5 11 30 2'],
    ['MAX(METRICS())', '10 20 30 4'],
    ['MIN(m2)', '0'],
    ['FILL(m1, 0)', '1 2 0 4'],
    ['FILL(m1, REPEAT)', '1 2 2 4'],
    ['FILL(m1, LINEAR)', '1 2 3 4'],
    ['FILL(m1, m2)', '1 2 30 4'],
    ['m2 * PERIOD(m2)', '600 1200 1800 0'],
    ['RATE(m2) * 60', '- 10 10 -30'],
    ['DIFF(m2)', '- 10 10 -30'],
    ['RUNNING_SUM(m2)', '10 30 60 60'],
    ['IF(m2 > 15, m2, 0)', '0 20 30 0'],
    ['IF(errors > 0 AND m2 > 0, 1)', '- 1 - -'],
    ['errors == 0 || m1 >= 2', '1 1 - 1'],
    ['100 * errors / FILL(m1, 1)', '0 50 0 75'],
    ['METRICS("m") * 2', '[2 4 - 8; 20 40 60 0]'],
    ['CEIL(m1 / 3)', '1 1 - 2'],
    ['DATAPOINT_COUNT(m1)', '3'],
    ['TIME_SERIES(5) + m1', '6 7 - 9'],
    ['FIRST(METRICS())', '1 2 - 4'],
  ]
  for (const [text, value] of table) assert.equal(said(text), value, text)
})

test('what is no expression, or asks for what is not there, says why', () => {
  for (const text of [
    '',
    '1 +',
    '(1',
    'm1 m2',
    'SUM(',
    'NOBODY(m1)',
    'absent',
    'm1 + "text"',
    '[1]',
    'IF(1)',
    'm1 ~ 2',
    'constructor',
    '__proto__',
    'toString(m1)',
  ])
    assert.throws(() => said(text), ExpressionBroken, text)
})

test('hostile expressions end: deep ones, long ones, any text at all', () => {
  for (const text of [
    '('.repeat(2000),
    '-'.repeat(2000),
    `${'ABS('.repeat(500)}1${')'.repeat(500)}`,
    '1+'.repeat(1000),
  ])
    assert.throws(() => said(text), ExpressionBroken)
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      try {
        said(text)
      } catch (error) {
        assert.ok(error instanceof ExpressionBroken, String(error))
      }
    }),
    { numRuns: 500 },
  )
})

test('formulas over formulas do not grow without an end: lists of lists, and more points than there is time for', {
  timeout: 20_000,
}, () => {
  const long = seriesOf(new Map(Array.from({ length: 50_000 }, (_, at) => [at * 60, at])), 60)
  const values = new Map<string, Value>([['m1', long]])
  const bounded: Scope = { ...scope, to: 3_000_000, value: (id) => values.get(id), effort: mostEffort() }
  const of = (text: string) => evaluate(parseExpression(text), bounded)
  values.set('e1', of(`[${Array(600).fill('m1').join(',')}]`))
  assert.throws(() => of('[e1,e1]'), new ExpressionBroken('it holds more than 1000 time series'))
  const costly = new ExpressionBroken('it takes too many points')
  for (const text of ['e1 + m1', 'SUM(e1)', 'ABS(e1)', 'RUNNING_SUM(e1)', 'FILL(e1, 0)', '-e1']) {
    bounded.effort.left = mostEffort().left
    assert.throws(() => of(text), costly, text)
  }
  bounded.effort.left = mostEffort().left
  assert.throws(() => {
    for (let n = 0; n < 500; n++) values.set(`t${n}`, of('TIME_SERIES(1)'))
  }, costly)
  assert.ok(values.size < 110)
})
