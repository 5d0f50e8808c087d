import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import type { Planned, RotationRules } from './rotation.ts'
import { afterDownTime, type Chance, checkRules, nextRotationDate, plan, shownDays } from './schedule.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', '')
const first: Chance = () => 0
const last: Chance = (below) => below - 1

/** `30` is AutomaticallyAfterDays, else an expression; a Duration may follow after a plus. */
function rulesOf(text: string): RotationRules {
  const [when = '', duration] = text.split(' + ')
  if (/^[0-9]+$/.test(when)) return { automaticallyAfterDays: Number(when), duration }
  return { scheduleExpression: when, duration }
}

const refusal = (rules: RotationRules): string => {
  try {
    checkRules(rules)
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    assert.equal(error.code, 'InvalidParameterException')
    return error.message
  }
  return 'accepted'
}

/** Rules | based at | now | window start, NextRotationDate. */
function checkPlans(table: string): void {
  for (const line of table.trim().split('\n')) {
    const [rules = '', basedAt = '', now = '', start = '', date = ''] = line.split('|').map((cell) => cell.trim())
    assert.equal(refusal(rulesOf(rules)), 'accepted', line)
    const times = { now: at(now), basedAt: basedAt === '' ? undefined : at(basedAt) }
    const planned = plan(rulesOf(rules), times, first)
    assert.deepEqual([iso(planned.windowStart), iso(nextRotationDate(planned))], [start, date], line)
    assert.equal(planned.runAt, planned.windowStart, line)
    const latest = plan(rulesOf(rules), times, last)
    assert.equal(latest.runAt, latest.windowEnd - 15 * 60_000 - 1, line)
  }
}

test('the next rotation, as recorded', () =>
  // Source: secretsmanager.md 10.3, [R].
  checkPlans(`
    rate(4 hours) | 2025-03-03T04:04:59 | 2025-03-03T04:04:59 | 2025-03-03T08:00:00 | 2025-03-03T08:59:59
    30            | 2024-09-24T13:05:11 | 2024-09-24T13:05:11 | 2024-10-24T00:00:00 | 2024-10-24T23:59:59
  `))

test('days and rates are counted from the last rotation', () =>
  checkPlans(`
    1                   | 2026-01-31T23:59:59.999 | 2026-01-31T23:59:59.999 | 2026-02-01T00:00:00 | 2026-02-01T23:59:59
    1                   | 2026-02-01T00:00:00     | 2026-02-01T00:00:00     | 2026-02-02T00:00:00 | 2026-02-02T23:59:59
    1000                | 2026-01-01T10:00:00     | 2026-01-01T10:00:00     | 2028-09-27T00:00:00 | 2028-09-27T23:59:59
    30 + 3h             | 2026-01-01T10:00:00     | 2026-01-20T10:00:00     | 2026-01-31T00:00:00 | 2026-01-31T02:59:59
    30                  | 2026-01-01T10:00:00     | 2026-02-05T10:00:00     | 2026-03-02T00:00:00 | 2026-03-02T23:59:59
    30                  |                         | 2026-01-01T10:00:00     | 2026-01-31T00:00:00 | 2026-01-31T23:59:59
    rate(10 days)       | 2028-02-20T10:00:00     | 2028-02-21T10:00:00     | 2028-03-01T00:00:00 | 2028-03-01T23:59:59
    rate(1 day)         | 2028-02-28T10:00:00     | 2028-02-28T10:00:00     | 2028-02-29T00:00:00 | 2028-02-29T23:59:59
    rate(1 days) + 24h  | 2028-02-28T10:00:00     | 2028-02-28T10:00:00     | 2028-02-29T00:00:00 | 2028-02-29T23:59:59
    Rate(999 Day)       | 2026-01-01T10:00:00     | 2026-01-01T10:00:00     | 2028-09-26T00:00:00 | 2028-09-26T23:59:59
    rate(6 hours) + 2h  | 2026-03-29T01:30:00     | 2026-03-29T01:30:00     | 2026-03-29T06:00:00 | 2026-03-29T07:59:59
    rate(6 hours) + 6h  | 2026-03-29T19:30:00     | 2026-03-29T19:30:00     | 2026-03-30T00:00:00 | 2026-03-30T05:59:59
    rate(12 hour)       | 2026-03-29T12:00:00     | 2026-03-29T12:00:00     | 2026-03-30T00:00:00 | 2026-03-30T00:59:59
    rate(48 hours)      | 2026-03-29T12:00:00     | 2026-03-29T12:00:00     | 2026-03-31T00:00:00 | 2026-03-31T00:59:59
  `))

test('a rate that does not fit into days is counted from the hour, and its window ends with the day (assumed)', () =>
  checkPlans(`
    rate(7 hours)       | 2026-03-29T03:59:59 | 2026-03-29T03:59:59 | 2026-03-29T10:00:00 | 2026-03-29T10:59:59
    rate(7 hours)       | 2026-03-29T03:59:59 | 2026-03-29T10:00:00 | 2026-03-29T17:00:00 | 2026-03-29T17:59:59
    rate(100 hours)     | 2026-03-01T10:10:00 | 2026-03-01T10:10:00 | 2026-03-05T14:00:00 | 2026-03-05T14:59:59
    rate(10 hours) + 5h | 2026-03-01T12:10:00 | 2026-03-01T12:10:00 | 2026-03-01T22:00:00 | 2026-03-01T23:59:59
  `))

test('the expressions of the documentation', () =>
  // Source: rotation.md 7, "must work".
  checkPlans(`
    cron(0 /8 * * ? *)        | | 2026-03-10T04:04:59 | 2026-03-10T08:00:00 | 2026-03-10T08:59:59
    cron(0 4/12 * * ? *)      | | 2026-03-10T16:00:00 | 2026-03-11T04:00:00 | 2026-03-11T04:59:59
    cron(0 2/10 * * ? *)      | | 2026-03-10T12:00:01 | 2026-03-10T22:00:00 | 2026-03-10T22:59:59
    cron(0 18 ? * SAT *)      | | 2026-03-10T04:04:59 | 2026-03-14T18:00:00 | 2026-03-14T23:59:59
    cron(0 18 ? * SAT *) + 2h | | 2026-03-14T18:00:00 | 2026-03-21T18:00:00 | 2026-03-21T19:59:59
    cron(0 1 ? 1/3 SUN#1 *)   | | 2026-03-10T04:04:59 | 2026-04-05T01:00:00 | 2026-04-05T23:59:59
    cron(0 17 L * ? *)        | | 2028-02-10T04:04:59 | 2028-02-29T17:00:00 | 2028-02-29T23:59:59
    cron(0 8 ? * MON-FRI *)   | | 2026-03-13T08:00:00 | 2026-03-16T08:00:00 | 2026-03-16T23:59:59
    cron(0 16 1,15 * ? *)     | | 2026-12-15T16:00:00 | 2027-01-01T16:00:00 | 2027-01-01T23:59:59
    cron(0 16 SUNL * ? *)     | | 2026-03-10T04:04:59 | 2026-03-29T16:00:00 | 2026-03-29T23:59:59
  `))

test('rules that RotateSecret refuses', () => {
  const expression = (problem: string) => `The ScheduleExpression is not valid: ${problem}.`
  const duration = (problem: string) => `The Duration is not valid: ${problem}.`
  const spacing = expression('rotation windows must start at least 4 hours apart')
  const nextDay = duration('the rotation window must not reach into the next UTC day')
  const nextWindow = duration('the rotation window must not reach into the next rotation window')
  const form = expression('it must be rate(number hours), rate(number days) or cron(six fields)')
  // Recorded, secretsmanager.md 8.17. The other texts are assumed.
  const both = 'You cannot specify both rotation frequency and schedule expression together.'
  assert.equal(refusal({ automaticallyAfterDays: 30, scheduleExpression: 'rate(30 days)' }), both)
  const neither = 'RotationRules must have AutomaticallyAfterDays or ScheduleExpression.'
  assert.equal(refusal({}), neither)
  assert.equal(refusal({ duration: '3h' }), neither)
  const table: readonly (readonly [string, string])[] = [
    ['rate(3 hours)', spacing],
    ['rate(0 days)', expression('the rate must be at least 1')],
    ['rate(1000 days)', expression('the rate must be at most 999 days')],
    ['rate(23977 hours)', expression('the rate must be at most 999 days')],
    ['rate(99999999999999999999999999 days)', expression('the rate must be at most 999 days')],
    ['rate(23976 hours)', 'accepted'],
    ['rate(10 minutes)', form],
    ['rate(-1 days)', form],
    ['rate(1days)', form],
    ['rate(1 day) rate(1 day)', form],
    ['daily', form],
    ['cron(0 /23 * * ? *)', spacing],
    ['cron(0 0,23 1 * ? *)', 'accepted'],
    ['cron(0 0,23 1,2 * ? *)', spacing],
    ['cron(0 0,23 1,L * ? *)', spacing],
    ['cron(0 2,23 1,L * ? *)', spacing],
    ['cron(0 3,23 1,L * ? *)', 'accepted'],
    ['cron(0 0,21 ? * FRI,MON *)', 'accepted'],
    ['cron(0 0,21 ? * SAT,SUN *)', spacing],
    ['cron(0 0,21 28 2 ? *)', 'accepted'],
    ['cron(0 * * * ? *)', spacing],
    ['cron(0 1-3 * * ? *)', spacing],
    ['cron(0 0 29 2 ? *)', expression('it must start a rotation window at least once a year')],
    ['cron(0 0 31 2,4 ? *)', expression('it must start a rotation window at least once a year')],
    ['cron(0 0 ? 2 SUN#5 *)', expression('it must start a rotation window at least once a year')],
    ['cron(0 0 ? * SUN#5 *)', 'accepted'],
    ['cron(0 0 1 1 ? *)', 'accepted'],
    ['30 + 0h', duration('the window must be at least one hour long')],
    ['30 + 24h', 'accepted'],
    ['30 + 25h', nextDay],
    ['30 + 3x', duration('it must be a number of hours, for example 3h')],
    ['1 + 25h', nextWindow],
    ['rate(4 hours) + 4h', 'accepted'],
    ['rate(4 hours) + 5h', nextWindow],
    ['rate(48 hours) + 24h', 'accepted'],
    ['rate(48 hours) + 25h', nextDay],
    ['cron(0 18 ? * SAT *) + 6h', 'accepted'],
    ['cron(0 18 ? * SAT *) + 7h', nextDay],
    ['cron(0 /8 * * ? *) + 8h', 'accepted'],
    ['cron(0 2/8 * * ? *) + 7h', nextDay],
    ['cron(0 2/8 * * ? *) + 9h', nextWindow],
  ]
  for (const [rules, text] of table) assert.equal(refusal(rulesOf(rules)), text, rules)
})

const window = (start: string, end: string, run: string): Planned => ({
  windowStart: at(start),
  windowEnd: at(end),
  runAt: at(run),
})

/** What `afterDownTime` gives, at the earliest and the latest chance: window, runs, whether a window was missed. */
function resumed(rules: string, planned: Planned, now: string) {
  const [early, latest] = [first, last].map((chance) => afterDownTime(planned, rulesOf(rules), at(now), chance))
  assert.ok(early && latest)
  assert.deepEqual({ ...early, runAt: 0 }, { ...latest, runAt: 0 })
  return [iso(early.windowStart), iso(early.windowEnd), iso(early.runAt), iso(latest.runAt), early.missed]
}

const saturday = window('2026-03-14T18:00:00', '2026-03-15T00:00:00', '2026-03-14T20:00:00')
const saturday2h = window('2026-03-14T18:00:00', '2026-03-14T20:00:00', '2026-03-14T18:30:00')

test('within its window a rotation that is late runs soon, another when it was planned', () => {
  const [start, end] = ['2026-03-14T18:00:00', '2026-03-15T00:00:00']
  const weekly = 'cron(0 18 ? * SAT *)'
  const planned = '2026-03-14T20:00:00'
  assert.deepEqual(resumed(weekly, saturday, '2026-03-10T00:00:00'), [start, end, planned, planned, false])
  assert.deepEqual(resumed(weekly, saturday, '2026-03-14T19:00:00'), [start, end, planned, planned, false])
  assert.deepEqual(resumed(weekly, saturday, '2026-03-14T21:00:00'), [
    start,
    end,
    '2026-03-14T21:00:00',
    '2026-03-14T21:59:59.999Z',
    false,
  ])
  const late = '2026-03-14T23:50:00'
  assert.deepEqual(resumed(weekly, saturday, late), [start, end, late, late, false])
})

test('a day or a rate that was missed is caught up with within the hour', () => {
  const now = '2026-03-17T09:00:00'
  const soon = [now, '2026-03-17T10:00:00', now, '2026-03-17T09:44:59.999Z', true]
  assert.deepEqual(resumed('cron(0 18 ? * SAT *)', saturday, now), soon)
  const day = window('2026-03-14T00:00:00', '2026-03-15T00:00:00', '2026-03-14T20:00:00')
  assert.deepEqual(resumed('30', day, now), soon)
  assert.deepEqual(resumed('rate(30 days)', day, now), soon)
  const hour = window('2026-03-14T08:00:00', '2026-03-14T09:00:00', '2026-03-14T08:20:00')
  const twelve = ['2026-03-17T09:00:00', '2026-03-17T10:00:00']
  assert.deepEqual(resumed('rate(12 hours)', hour, now).slice(0, 2), twelve)
})

test('catching up never makes a window of its own where a regular one has begun or begins within the hour', () => {
  const day = window('2026-03-14T00:00:00', '2026-03-15T00:00:00', '2026-03-14T20:00:00')
  assert.deepEqual(resumed('1', day, '2026-03-17T09:00:00'), [
    '2026-03-17T00:00:00',
    '2026-03-18T00:00:00',
    '2026-03-17T09:00:00',
    '2026-03-17T09:59:59.999Z',
    true,
  ])
  assert.deepEqual(resumed('2', day, '2026-03-15T23:30:00'), [
    '2026-03-16T00:00:00',
    '2026-03-17T00:00:00',
    '2026-03-16T00:00:00',
    '2026-03-16T00:29:59.999Z',
    true,
  ])
})

test('a maintenance window that was missed is waited for', () => {
  const now = '2026-03-17T09:00:00'
  assert.deepEqual(resumed('cron(0 18 ? * SAT *) + 2h', saturday2h, now), [
    '2026-03-21T18:00:00',
    '2026-03-21T20:00:00',
    '2026-03-21T18:00:00',
    '2026-03-21T19:44:59.999Z',
    true,
  ])
  const hour = window('2026-03-14T08:00:00', '2026-03-14T09:00:00', '2026-03-14T08:20:00')
  assert.equal(resumed('cron(0 /8 * * ? *)', hour, now)[0], '2026-03-17T16:00:00')
  assert.equal(
    resumed('30 + 3h', window('2026-03-14T00:00:00', '2026-03-14T03:00:00', '2026-03-14T00:00:00'), now)[0],
    '2026-04-13T00:00:00',
  )
})

test('days until the next rotation, as DescribeSecret shows them', () => {
  const shown = (rules: string, now: string) =>
    shownDays(rulesOf(rules), plan(rulesOf(rules), { now: at(now) }, first), at(now))
  // Recorded: {"AutomaticallyAfterDays":1,"ScheduleExpression":"rate(4 hours)"}, secretsmanager.md 10.3.
  assert.equal(shown('rate(4 hours)', '2025-03-03T04:04:59'), 1)
  assert.equal(shown('rate(10 days)', '2026-03-01T23:59:59'), 10)
  assert.equal(shown('rate(10 days)', '2026-03-01T00:00:00'), 10)
  assert.equal(shown('cron(0 18 ? * SAT *)', '2026-03-14T20:00:00'), 7)
  assert.equal(shown('45', '2026-03-14T20:00:00'), 45)
  assert.equal(shownDays({ scheduleExpression: 'rate(10 days)' }, undefined, at('2026-03-14T20:00:00')), undefined)
})
