import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rates } from './rates.ts'

test('a second’s worth may come at once, then as many a second as are allowed', () => {
  const rates = new Rates()
  const taken = (now: number) => rates.take('111122223333 us-east-1', 2, now)
  assert.deepEqual([0, 0, 0].map(taken), [true, true, false])
  assert.deepEqual([499, 500, 500].map(taken), [false, true, false])
  assert.deepEqual([3_600_000, 3_600_000, 3_600_000].map(taken), [true, true, false])
})

test('names are counted apart, and a clock that was set back gives nothing', () => {
  const rates = new Rates()
  assert.equal(rates.take('a', 1, 1000), true)
  assert.equal(rates.take('b', 1, 1000), true)
  assert.equal(rates.take('a', 1, 0), false)
  assert.equal(rates.take('a', 1, 1000), true)
})
