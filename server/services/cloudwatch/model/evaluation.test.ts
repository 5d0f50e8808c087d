import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Missing } from './alarm.ts'
import { judged, type Period } from './evaluation.ts'

/** Oldest first: `X` breaches, `0` does not, `-` has no value. */
const periods = (text: string): Period[] =>
  text.split(' ').map((mark, index) => ({ at: index * 60, value: mark === '-' ? undefined : mark === 'X' ? 9 : 0 }))

const SETTINGS = { comparison: 'GreaterThanThreshold', threshold: 5 } as const
const TREATMENTS: readonly Missing[] = ['missing', 'ignore', 'breaching', 'notBreaching']

function check(evaluationPeriods: number, datapointsToAlarm: number, table: string): void {
  for (const line of table.trim().split('\n')) {
    const [marks = '', ...said] = line.split('|').map((part) => part.trim())
    const found = TREATMENTS.map(
      (missing) =>
        judged(periods(marks), { ...SETTINGS, evaluationPeriods, datapointsToAlarm, missing }).state ?? 'stays',
    )
    assert.deepEqual(found, said, `${marks} with ${datapointsToAlarm} of ${evaluationPeriods}`)
  }
}

test('3 of 3: how missing values count (CloudWatch’s guide, "How alarm state is evaluated when data is missing", first table)', () =>
  check(
    3,
    3,
    `
    0 - X - X | OK | OK | OK | OK
    - - - - - | INSUFFICIENT_DATA | stays | ALARM | OK
    0 - - - - | OK | OK | OK | OK
    0 X X - X | ALARM | ALARM | ALARM | ALARM
    - - X - - | ALARM | stays | ALARM | OK
  `,
  ))

test('2 of 3: how missing values count (the same, second table)', () =>
  check(
    3,
    2,
    `
    0 - X - X | ALARM | ALARM | ALARM | ALARM
    0 0 X 0 X | ALARM | ALARM | ALARM | ALARM
    0 - X - - | OK | OK | ALARM | OK
    - - - - 0 | OK | OK | ALARM | OK
    - - - X - | ALARM | stays | ALARM | OK
  `,
  ))

test('it is too early to tell when the only value is younger than M periods (the same, "premature alarm")', () =>
  check(3, 3, '- - - - X | stays | stays | ALARM | OK'))

test('the four comparisons, at the threshold itself', () => {
  const at = (comparison: Parameters<typeof judged>[1]['comparison'], value: number) =>
    judged([{ at: 0, value }], { comparison, threshold: 5, evaluationPeriods: 1 }).state === 'ALARM'
  assert.deepEqual(
    [4, 5, 6].map((value) => at('GreaterThanThreshold', value)),
    [false, false, true],
  )
  assert.deepEqual(
    [4, 5, 6].map((value) => at('GreaterThanOrEqualToThreshold', value)),
    [false, true, true],
  )
  assert.deepEqual(
    [4, 5, 6].map((value) => at('LessThanThreshold', value)),
    [true, false, false],
  )
  assert.deepEqual(
    [4, 5, 6].map((value) => at('LessThanOrEqualToThreshold', value)),
    [true, true, false],
  )
})
