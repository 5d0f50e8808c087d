import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scheduleOf } from './schedule.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const shown = (ms: number | undefined) => (ms === undefined ? 'never' : new Date(ms).toISOString().slice(0, 16))

/** The next times that a schedule fires after a moment. */
function firings(expression: string, after: string, times: number): string[] {
  const schedule = scheduleOf(expression)
  assert.ok(schedule, expression)
  const found: string[] = []
  let from = at(after)
  for (let i = 0; i < times; i++) {
    const next = schedule.next(from, at(after))
    found.push(shown(next))
    if (next === undefined) break
    assert.ok(next > from)
    from = next
  }
  return found
}

const ROWS: readonly (readonly [string, string, ...string[]])[] = [
  ['rate(1 minute)', '2026-11-22T10:00:30', '2026-11-22T10:01', '2026-11-22T10:02'],
  ['rate(5 minutes)', '2026-11-22T10:00', '2026-11-22T10:05', '2026-11-22T10:10'],
  ['rate(1 day)', '2026-11-22T10:00', '2026-11-23T10:00'],
  ['cron(0 10 * * ? *)', '2026-11-22T10:00', '2026-11-23T10:00', '2026-11-24T10:00'],
  ['cron(15 12 * * ? *)', '2026-11-22T10:00', '2026-11-22T12:15'],
  ['cron(0 18 ? * MON-FRI *)', '2026-11-20T18:00', '2026-11-23T18:00', '2026-11-24T18:00'],
  ['cron(0 8 1 * ? *)', '2026-11-22T10:00', '2026-12-01T08:00', '2027-01-01T08:00'],
  ['cron(0/15 * * * ? *)', '2026-11-22T10:50', '2026-11-22T11:00', '2026-11-22T11:15'],
  ['cron(0/5 8-17 ? * MON-FRI *)', '2026-11-20T17:55', '2026-11-23T08:00', '2026-11-23T08:05'],
  ['cron(0 9 ? * 2#1 *)', '2026-11-22T10:00', '2026-12-07T09:00', '2027-01-04T09:00'],
  ['cron(0 9 ? * THU#5 *)', '2026-11-22T10:00', '2026-12-31T09:00', '2027-04-29T09:00'],
  ['cron(15 10 ? * 6L 2002-2005)', '2004-12-01T00:00', '2004-12-31T10:15', '2005-01-28T10:15'],
  ['cron(15 10 ? * 6L 2002-2005)', '2005-12-30T10:15', 'never'],
  ['cron(0 0 L * ? *)', '2028-02-01T00:00', '2028-02-29T00:00', '2028-03-31T00:00'],
  ['cron(0 0 15W * ? *)', '2026-08-01T00:00', '2026-08-14T00:00', '2026-09-15T00:00'],
  ['cron(0 0 1W * ? *)', '2026-07-31T23:00', '2026-08-03T00:00'],
  ['cron(0 0 31W * ? *)', '2026-05-01T00:00', '2026-05-29T00:00', '2026-07-31T00:00'],
  ['cron(0 0 LW * ? *)', '2026-05-01T00:00', '2026-05-29T00:00'],
  ['cron(0 0 29 2 ? *)', '2026-01-01T00:00', '2028-02-29T00:00', '2032-02-29T00:00'],
  ['cron(0 0 ? JAN,jul FRI-SUN 2027)', '2026-01-01T00:00', '2027-01-01T00:00', '2027-01-02T00:00'],
  ['cron(0 0 31 2 ? *)', '2026-01-01T00:00', 'never'],
  ['cron(0 0 1 1 ? 1970)', '2026-01-01T00:00', 'never'],
  ['cron(0 0 ? * L *)', '2026-11-22T10:00', '2026-11-28T00:00'],
]

for (const [expression, after, ...expected] of ROWS)
  test(`${expression} after ${after} (surroundings.md 4.2; the cron reference of EventBridge)`, () =>
    assert.deepEqual(firings(expression, after, expected.length), expected))

test('trap 22: rate(1 minutes) is no schedule of EventBridge, nor is what else is not written as it should be', () => {
  const wrong = [
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(1 hours)',
    'rate(2 day)',
    'rate(0 minutes)',
    'rate(-1 minutes)',
    'rate(1.5 hours)',
    'rate(10 seconds)',
    'rate(5minutes)',
    'rate(5 minutes) ',
    ' rate(5 minutes)',
    'Rate(5 minutes)',
    'cron(0 1 * * * *)',
    'cron(0 1 ? * ? *)',
    'cron(0 1 * * ?)',
    'cron(0 1 * * ? * *)',
    'cron(60 1 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 1 0 * ? *)',
    'cron(0 1 32 * ? *)',
    'cron(0 1 * 13 ? *)',
    'cron(0 1 ? * 8 *)',
    'cron(0 1 ? * 2#6 *)',
    'cron(0 1 ? * 2#1,3#1 *)',
    'cron(0 1 * * ? 1969)',
    'cron(0 1 * * ? 2200)',
    'cron(5-1 1 * * ? *)',
    'cron(0,,5 1 * * ? *)',
    'cron(*/0 1 * * ? *)',
    'cron(0 1 L,? * ? *)',
    'cron(0 1 XW * ? *)',
    'at(2026-11-22T10:00:00)',
    'cron()',
    'cron(',
    '',
    `cron(${'0,'.repeat(120)}0 1 * * ? x)`,
  ]
  for (const expression of wrong) assert.equal(scheduleOf(expression), undefined, expression)
})
