import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { nextFired, parseCron, rhythmOf } from './cron.ts'
import { anyMoment, cronFields, firesAt } from '../test/slow-cron.ts'

const HOUR = 3_600_000

/** The days of 2026 (a year that begins on a Thursday) or another year on which the day fields fire, as `MM-DD`. */
function days(fields: string, year = 2026): string[] {
  const cron = parseCron(`0 0 ${fields} *`)
  const found: string[] = []
  const end = Date.UTC(year + 1, 0, 1)
  for (let at = nextFired(cron, Date.UTC(year, 0, 1) - 1); at !== undefined && at < end; at = nextFired(cron, at))
    found.push(new Date(at).toISOString().slice(5, 10))
  return found
}

test('days of the month, days of the week, their lasts, nearests and nths', () => {
  const table: readonly (readonly [string, string, number?])[] = [
    ['1,15 MAR ?', '03-01 03-15'],
    ['29-31 2 ?', ''],
    ['29-31 2 ?', '02-29', 2028],
    ['31 APR-jun ?', '05-31'],
    ['L 2 ?', '02-28'],
    ['L 2 ?', '02-29', 2028],
    ['L 2 ?', '02-28', 2100],
    ['1,L 2 ?', '02-01 02-28'],
    ['SUNL 3 ?', '03-29'],
    ['sunL 2 ?', '02-22'],
    ['/10 3 ?', '03-01 03-11 03-21 03-31'],
    ['*/15 3 ?', '03-01 03-16 03-31'],
    ['5/10 3 ?', '03-05 03-15 03-25'],
    ['5-20/10 3 ?', '03-05 03-15'],
    ['? 3 SUN#1', '03-01'],
    ['? 3 3#2', '03-10'],
    ['? 1/3 SUN#5', '', 2030],
    ['? 3 SUN#5', '03-29'],
    ['? 2 SUN#5', '02-29', 2032],
    ['? 3 FRIL', '03-27'],
    ['? 3 6L', '03-27'],
    ['? 3 L', '03-07 03-14 03-21 03-28'],
    ['? 3 MON,L', '03-02 03-07 03-09 03-14 03-16 03-21 03-23 03-28 03-30'],
    ['? 3 FRI-SUN', '03-01 03-06 03-07 03-08 03-13 03-14 03-15 03-20 03-21 03-22 03-27 03-28 03-29'],
    ['? 3 1/3', '03-01 03-04 03-07 03-08 03-11 03-14 03-15 03-18 03-21 03-22 03-25 03-28 03-29'],
    ['1 NOV-FEB ?', '01-01 02-01 11-01 12-01'],
    ['1 */5 ?', '01-01 06-01 11-01'],
  ]
  for (const [fields, expected, year] of table)
    assert.equal(days(fields, year).join(' '), expected, `${fields} ${year ?? 2026}`)
  assert.equal(days('* * ?', 2028).length, 366)
  assert.equal(days('? * *', 2026).length, 365)
})

test('hours with steps begin anew each day, and a step without a start begins at 0', () => {
  const hours = (field: string) => parseCron(`0 ${field} * * ? *`).hours.join(' ')
  assert.equal(hours('/8'), '0 8 16')
  assert.equal(hours('0/8'), '0 8 16')
  assert.equal(hours('*/8'), '0 8 16')
  assert.equal(hours('4/12'), '4 16')
  assert.equal(hours('2/10'), '2 12 22')
  assert.equal(hours('2-21/10'), '2 12')
  assert.equal(hours('23,1,1,7-8'), '1 7 8 23')
})

test('what is no cron expression is refused', () => {
  const bad = [
    '',
    '0 0 * * ?',
    '0 0 * * ? * *',
    '1 0 * * ? *',
    '* 0 * * ? *',
    '0 24 * * ? *',
    '0 0 * * ? 2026',
    '0 0 * * * *',
    '0 0 ? * ? *',
    '0 ? * * ? *',
    '0 0 1,? * SUN *',
    '0 0 0 * ? *',
    '0 0 32 * ? *',
    '0 0 1 13 ? *',
    '0 0 1 0 ? *',
    '0 0 ? * 0 *',
    '0 0 ? * 8 *',
    '0 0 ? * SUN#6 *',
    '0 0 ? * SUN#0 *',
    '0 0 ? * SUN# *',
    '0 0 ? * #1 *',
    '0 0 ? * 3#1,6#3 *',
    '0 0 1L * ? *',
    '0 0 W * ? *',
    // rotation.md 7 has no W, other than EventBridge
    '0 0 15W * ? *',
    '0 0 LW * ? *',
    '0 0 40W * ? *',
    '0 0 L-3 * ? *',
    '0 0 ? * MON-L *',
    '0 /0 * * ? *',
    '0 / * * ? *',
    '0 /24 * * ? *',
    '0 1/2/3 * * ? *',
    '0 20-4 * * ? *',
    '0 1-2-3 * * ? *',
    '0 1, * * ? *',
    '0 -1 * * ? *',
    '0 001 * * ? *',
    '0 0 1 MONTH ? *',
    '0 0 MON * ? *',
  ]
  for (const text of bad)
    assert.throws(
      () => parseCron(text),
      (error) => error instanceof ApiError && error.code === 'InvalidParameterException',
      text,
    )
})

test('an expression that never fires is given up', () => {
  assert.equal(nextFired(parseCron('0 0 31 2 ? *'), Date.UTC(2026, 0, 1)), undefined)
  assert.equal(nextFired(parseCron('0 0 30,31 2 ? *'), Date.UTC(2026, 0, 1)), undefined)
  assert.equal(nextFired(parseCron('0 0 29 2 ? *'), Date.UTC(2096, 1, 29)), Date.UTC(2104, 1, 29))
})

test('the next fire is the one that reading minute by minute finds', () => {
  fc.assert(
    fc.property(cronFields, anyMoment, (text, after) => {
      const found = nextFired(parseCron(text), after)
      const end = Math.min(after + 40 * 24 * HOUR, found ?? Number.POSITIVE_INFINITY)
      for (let at = (Math.floor(after / 60_000) + 1) * 60_000; at < end; at += 60_000)
        assert.ok(!firesAt(text, at), text)
      if (found !== undefined) assert.ok(found > after && firesAt(text, found), text)
    }),
    { numRuns: 25 },
  )
})

test('what holds of an expression in all years is what reading hour by hour finds in some', () => {
  fc.assert(
    fc.property(cronFields, fc.integer({ min: 1971, max: 2090 }), (text, year) => {
      const { yearly, leastGapHours } = rhythmOf(parseCron(text))
      let before: number | undefined
      for (let of = year; of < year + 2; of++) {
        let fired = false
        for (let at = Date.UTC(of, 0, 1); at < Date.UTC(of + 1, 0, 1); at += HOUR) {
          if (!firesAt(text, at)) continue
          assert.ok(before === undefined || at - before >= leastGapHours * HOUR, text)
          before = at
          fired = true
        }
        assert.ok(fired || !yearly, text)
      }
    }),
    { numRuns: 40 },
  )
})

test('hostile text is refused or read, and never holds the server up', () => {
  const letters = fc.constantFrom(...'0123456789LW#?*-/, SUNJAN()')
  const began = process.cpuUsage()
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 256 }), fc.boolean(), (text, five) => {
      try {
        const cron = parseCron(five ? `0 0 ? 2 ${text} *` : text)
        nextFired(cron, Date.UTC(2026, 2, 1))
        rhythmOf(cron)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
      }
    }),
    { numRuns: 500 },
  )
  const longest = parseCron(`0 0 ${Array(50).fill('SUNL').join(',')} 2 ? *`)
  for (let turn = 0; turn < 100; turn++) {
    rhythmOf(longest)
    nextFired(longest, turn)
  }
  assert.ok(process.cpuUsage(began).user < 5_000_000)
})
