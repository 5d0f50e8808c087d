import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownPattern } from './filter/pattern.ts'
import { looked, stepsOfBatch, taken } from './filters.ts'

const START = Date.UTC(2026, 0, 2)
const batch = (...messages: string[]) =>
  looked(messages.map((message, ordinal) => ({ message, ordinal, time: START, ingestedAt: START })))

test('patterns without expressions take steps too: terms and comparisons', () => {
  assert.equal(knownPattern('"one" ?two -three').work, 1)
  assert.equal(knownPattern('{ $.a = "x" && $.b EXISTS && $.c >= 1 }').work > 1, true)
  assert.equal(knownPattern('[a = x*, b > 3, c]').work, 2 / 3)
  assert.equal(knownPattern('"one" ?two -three').cost, 0)
})

test('a hundred filters with hundreds of terms hold a batch up no longer than one: what is beyond is not looked at', {
  timeout: 20_000,
}, () => {
  const terms = (n: number) => Array.from({ length: 150 }, (_, i) => `?x${n}${i}`).join(' ')
  const events = batch('error', 'a'.repeat(1_000_000), 'error')
  const steps = stepsOfBatch()
  assert.equal(taken('error', events, steps).length, 2)
  for (let n = 0; n < 100; n++) assert.deepEqual(taken(terms(n), events, steps), [])
  assert.ok(steps.left >= 0)
  assert.deepEqual(taken(`error ${'y'.repeat(20)}`, batch('b'.repeat(1_000_000)), { left: 0 }), [])
})
