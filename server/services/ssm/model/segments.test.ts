import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parentOf } from './name.ts'
import { apart, beginning, below, EVERYTHING, isPoint, point, type Segment, shared } from './segments.ts'

const holds = (segment: Segment, key: string) =>
  key >= segment.from && key < segment.to && (segment.parent === undefined || parentOf(key) === segment.parent)
const holdersOf = (segments: readonly Segment[], key: string) => segments.filter((each) => holds(each, key)).length

const step = fc.string({ unit: fc.constantFrom(...'aAb09-_.'), minLength: 1, maxLength: 2 })
const path = fc.array(step, { maxLength: 4 }).map((steps) => steps.join('/'))
const key = fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => steps.join('/'))
const beginnings = fc.array(fc.oneof(path, key), { minLength: 1, maxLength: 6 })

test('a point holds one key and nothing else', () => {
  fc.assert(
    fc.property(key, key, (one, other) => {
      const segment = point(one)
      assert.ok(segment)
      assert.ok(isPoint(segment))
      assert.ok(holds(segment, one))
      assert.equal(holds(segment, other), one === other)
      assert.equal(holds(segment, `${one}-`), false)
      assert.equal(holds(segment, `${one}/a`), false)
    }),
  )
})

test('a beginning holds what begins with it', () => {
  fc.assert(
    fc.property(fc.oneof(path, key), key, (prefix, one) => {
      const segment = beginning(prefix)
      assert.ok(segment)
      assert.equal(isPoint(segment), false)
      assert.equal(holds(segment, one), one.startsWith(prefix))
    }),
  )
  assert.equal(beginning('a b'), undefined)
  assert.equal(beginning('é'), undefined)
  assert.equal(point('a:b'), undefined)
  assert.equal(point(''), undefined)
})

test('below a path is what has it as its whole first segments, and never the path itself (trap 22)', () => {
  fc.assert(
    fc.property(path, key, (where, one) => {
      const within = where === '' || one.startsWith(`${where}/`)
      assert.equal(holds(below(where, true), one), within)
      assert.equal(holds(below(where, false), one), within && parentOf(one) === where)
    }),
  )
  assert.equal(holds(below('a/b', true), 'a/bc'), false)
  assert.equal(holds(below('a/b', true), 'a/b'), false)
})

test('pieces that share nothing hold what the segments held, each key once', () => {
  fc.assert(
    fc.property(beginnings, key, (prefixes, one) => {
      const ranges = prefixes.map((prefix) => beginning(prefix) ?? EVERYTHING)
      assert.equal(holdersOf(apart(ranges), one), holdersOf(ranges, one) > 0 ? 1 : 0)
      const levels = prefixes.map((prefix) => below(prefix, false))
      assert.equal(holdersOf(apart(levels), one), holdersOf(levels, one) > 0 ? 1 : 0)
    }),
  )
})

test('what two lists of pieces share is what both hold, each key once', () => {
  fc.assert(
    fc.property(beginnings, beginnings, fc.boolean(), key, (some, others, levels, one) => {
      const first = apart(some.map((each) => (levels ? below(each, false) : (beginning(each) ?? EVERYTHING))))
      const second = apart(others.map((each) => beginning(each) ?? EVERYTHING))
      const both = shared(first, second)
      assert.equal(holdersOf(both, one), holdersOf(first, one) > 0 && holdersOf(second, one) > 0 ? 1 : 0)
      assert.ok(both.length <= 6 * 7)
    }),
  )
})
