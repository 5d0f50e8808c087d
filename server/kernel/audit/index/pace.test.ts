import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from '#kernel/audit/index/pace'

test('a server that has nothing to do has its index kept at once; one that has a little half of the time', () => {
  const pace = new Pace()
  assert.equal(pace.next(1_000_000, 1_000_000, 5000, 100), 0)
  assert.equal(pace.next(1_000_050, 500_050, 10_000, 100), 0)
  assert.equal(pace.next(1_005_050, 1_005_050, 15_000, 100), 100)
  assert.equal(pace.next(1_005_060, 1_005_060, 20_000, 100), 0)
  assert.equal(pace.busy, false)
})

test('in a burst the index waits; afterwards it is kept at once', () => {
  const pace = new Pace()
  pace.next(0, 0, 5000, 0)
  assert.equal(pace.next(100_000, 100_000, 10_000, 0), undefined)
  assert.equal(pace.next(200_000, 200_000, 15_000, 0), undefined)
  assert.equal(pace.busy, true)
  assert.equal(pace.next(200_100, 200_100, 20_000, 0), 0)
})

test('in a load without an end it has a quarter of a processor until little is left, and all of it when too many records wait', () => {
  const pace = new Pace()
  pace.next(0, 0, 5000, 0)
  assert.equal(pace.next(399_999, 399_999, 10_000, 100), undefined)
  assert.equal(pace.next(500_000, 500_000, 15_000, 100), 300)
  // a look that is too near says nothing of the rate
  assert.equal(pace.next(500_000, 384_000, 15_400, 100), 300)
  assert.equal(pace.next(520_000, 50_000, 20_000, 100), 300)
  assert.equal(pace.next(540_000, 49_999, 25_000, 100), undefined)
  assert.equal(pace.next(560_000, 69_999, 30_000, 100), undefined)
  assert.equal(pace.next(1_300_000, 800_000, 35_000, 100), 0)
  assert.equal(pace.next(1_400_000, 390_000, 40_000, 10_000), 1000)
})
