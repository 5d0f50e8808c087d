import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { anyMoment, firesAt, spacedFields } from '../test/slow-cron.ts'
import type { Planned, RotationRules } from './rotation.ts'
import { afterDownTime, type Chance, checkRules, nextRotationDate, plan, shownDays } from './schedule.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

function accepted(asked: RotationRules): boolean {
  try {
    checkRules(asked)
    return true
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return false
  }
}

const rate = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constantFrom(48, 100, 168, 999)),
    fc.constantFrom('hour', 'hours', 'day', 'days'),
  )
  .map(([number, unit]): RotationRules => ({ scheduleExpression: `rate(${number} ${unit})` }))
const cron = spacedFields.map((fields): RotationRules => ({ scheduleExpression: `cron(${fields})` }))
const days = fc
  .integer({ min: 1, max: 1000 })
  .map((automaticallyAfterDays): RotationRules => ({ automaticallyAfterDays }))

/** Rules that RotateSecret accepts. */
const rules = fc
  .tuple(fc.oneof(rate, cron, days), fc.option(fc.integer({ min: 1, max: 24 }), { nil: undefined }))
  .map(([when, hours]): RotationRules => (hours === undefined ? when : { ...when, duration: `${hours}h` }))
  .filter(accepted)

const chances = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })).map((stream) => {
  const chance: Chance = (below) => {
    assert.ok(Number.isSafeInteger(below) && below > 0)
    return Math.floor((stream.next().value ?? 0) * below)
  }
  return chance
})

function checkWindow({ windowStart, windowEnd, runAt }: Planned, { duration }: RotationRules): void {
  assert.ok(windowStart <= runAt && runAt < windowEnd - 15 * 60_000)
  assert.equal(windowStart % HOUR, 0)
  assert.equal(windowEnd % HOUR, 0)
  assert.equal(Math.floor(windowStart / DAY), Math.floor((windowEnd - 1) / DAY))
  if (duration !== undefined) assert.ok(windowEnd - windowStart <= Number.parseInt(duration, 10) * HOUR)
}

test('window follows window: each with its run, none over another, at least four hours apart', () => {
  fc.assert(
    fc.property(rules, anyMoment, chances, fc.infiniteStream(fc.boolean()), (asked, begin, chance, fails) => {
      let now = begin
      let basedAt = begin
      let former: Planned | undefined
      for (let turn = 0; turn < 20; turn++) {
        const planned = plan(asked, { now, basedAt }, chance)
        checkWindow(planned, asked)
        assert.ok(planned.windowStart > now)
        assert.equal(nextRotationDate(planned), planned.windowEnd - 1000)
        assert.ok((shownDays(asked, planned, now) ?? 0) >= 1)
        if (former) {
          assert.ok(former.windowEnd <= planned.windowStart)
          assert.ok(planned.windowStart - former.windowStart >= 4 * HOUR)
        }
        former = planned
        now = planned.runAt + chance(15 * 60_000)
        // One that failed all day is not what the next is counted from.
        if (!fails.next().value) basedAt = now
      }
    }),
    { numRuns: 150 },
  )
})

test('no cron window is passed over and none is made up, read hour by hour over three years', () => {
  fc.assert(
    fc.property(cron.filter(accepted), fc.integer({ min: 1971, max: 2097 }), (asked, year) => {
      const text = asked.scheduleExpression?.slice('cron('.length, -1) ?? ''
      let planned = plan(asked, { now: Date.UTC(year, 0, 1) - 1 }, () => 0)
      for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 3, 0, 1); at += HOUR) {
        assert.equal(firesAt(text, at), at === planned.windowStart, `${text} ${new Date(at).toISOString()}`)
        if (at === planned.windowStart) planned = plan(asked, { now: at }, () => 0)
      }
    }),
    { numRuns: 25 },
  )
})

test('days and rates that are counted from midnight keep their grid, whatever the moment of the run', () => {
  fc.assert(
    fc.property(fc.constantFrom(4, 6, 8, 12, 24, 48, 240), anyMoment, chances, (hours, begin, chance) => {
      const asked = { scheduleExpression: `rate(${hours} hours)` }
      let planned = plan(asked, { now: begin }, chance)
      for (let turn = 0; turn < 20; turn++) {
        const next = plan(asked, { now: planned.runAt }, chance)
        assert.equal(next.windowStart - planned.windowStart, hours * HOUR)
        planned = next
      }
    }),
  )
})

test('after any time down: nothing in the past, nothing twice, nothing that overlaps', () => {
  const down = fc.oneof(fc.integer({ min: 0, max: 2 * DAY }), fc.integer({ min: 0, max: 900 * DAY }))
  fc.assert(
    fc.property(rules, anyMoment, down, chances, (asked, begin, forMs, chance) => {
      const planned = plan(asked, { now: begin }, chance)
      const now = begin + forMs
      const resumed = afterDownTime(planned, asked, now, chance)
      assert.equal(resumed.missed, now >= planned.windowEnd)
      assert.ok(resumed.runAt >= now)
      assert.ok(resumed.windowStart <= resumed.runAt && resumed.runAt < resumed.windowEnd)
      if (!resumed.missed) {
        assert.deepEqual([resumed.windowStart, resumed.windowEnd], [planned.windowStart, planned.windowEnd])
        if (planned.runAt >= now) assert.equal(resumed.runAt, planned.runAt)
      } else {
        assert.ok(resumed.windowStart >= planned.windowEnd)
        const isExpression = asked.scheduleExpression?.startsWith('cron') ?? false
        if (asked.duration === undefined && !isExpression) assert.ok(resumed.runAt < now + HOUR)
        if (asked.duration !== undefined) checkWindow({ ...resumed, runAt: resumed.windowStart }, asked)
      }
      const next = plan(asked, { now: resumed.runAt }, chance)
      assert.ok(next.windowStart >= resumed.windowEnd)
    }),
    { numRuns: 300 },
  )
})
