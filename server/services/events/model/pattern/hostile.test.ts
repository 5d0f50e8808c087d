import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from './match.ts'
import { TooCostly } from './leaf.ts'
import { patternOf } from './pattern.ts'

/** Patterns and events that are made to cost: each is done in a moment, or the test runs into its time. */

const TIMEOUT = { timeout: 20_000 }
const LONG = 1_000_000

const matches = (pattern: object, event: Json) => patternOf(JSON.stringify(pattern)).matches(event)

test('stars that could be tried in every place are not', TIMEOUT, () => {
  const value = 'a'.repeat(LONG)
  const different = Array.from({ length: 60 }, (_, i) => 'a'.repeat(i + 1)).join('*')
  assert.equal(matches({ a: [{ wildcard: `*${different}*b` }] }, { a: value }), false)
  assert.equal(matches({ a: [{ wildcard: `*${different}*` }] }, { a: value }), true)
  assert.equal(matches({ a: [{ wildcard: `*${'a'.repeat(1800)}b*` }] }, { a: value }), false)
  assert.equal(matches({ a: [{ wildcard: `*b${'a'.repeat(1800)}*` }] }, { a: value }), false)
})

test('the deepest pattern that fits is read and asked', TIMEOUT, () => {
  const depth = 670
  const pattern = `${'{"a":'.repeat(depth)}[1]${'}'.repeat(depth)}`
  assert.ok(pattern.length <= 4096)
  const event = JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as Json
  assert.equal(patternOf(pattern).matches(event), true)
  assert.equal(patternOf(pattern).matches({ a: 1 }), false)
  assert.throws(() => patternOf('{"a":'.repeat(800)), { code: 'InvalidEventPatternException' })
  assert.throws(() => patternOf(`{"a":${'['.repeat(4000)}`), { code: 'InvalidEventPatternException' })
})

test('the deepest list of lists is gone through', TIMEOUT, () => {
  let list: Json = [1]
  for (let i = 0; i < 200_000; i++) list = [list]
  assert.equal(matches({ a: [1] }, { a: list }), true)
  assert.equal(matches({ a: { b: [{ exists: false }] } }, { a: list }), true)
})

test('a field that may be missing is looked for once, not in each element', TIMEOUT, () => {
  const list = Array.from({ length: 100_000 }, () => ({ c: 1 }))
  assert.equal(matches({ a: { b: [{ exists: false }], c: [2] } }, { a: list }), false)
  assert.equal(matches({ a: { b: [{ exists: false }], c: [1] } }, { a: [...list, { b: 1 }] }), false)
})

test('a thousand branches over a large event', TIMEOUT, () => {
  const $or = Array.from({ length: 200 }, (_, i) => ({ a: [i] }))
  const list = Array.from({ length: 20_000 }, () => 'x')
  assert.equal(matches({ $or }, { a: list }), false)
})

test('keys with many dots', TIMEOUT, () => {
  const key = Array(1000).fill('a').join('.')
  const event = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${key}.${i}`, i]))
  assert.equal(matches({ [`${key}.199`]: [199] }, event), true)
  assert.equal(matches({ [`${key}.200`]: [{ exists: false }] }, event), true)
})

test('numbers that are no numbers', TIMEOUT, () => {
  assert.equal(patternOf('{"a": [1e999]}').matches({ a: 1 }), false)
  assert.throws(() => patternOf('{"a": [{"numeric": ["=", 1e999]}]}'), /Value must be between/)
  assert.equal(patternOf(`{"a": [${'9'.repeat(3000)}]}`).matches({ a: 9 }), false)
})

test(
  'what is beyond the effort that is left is not done: branches, elements, members, long texts, lists of nothing',
  TIMEOUT,
  () => {
    const branches = (prefix: string) => Array.from({ length: 31 }, (_, i) => ({ [`${prefix}${i}`]: ['x'] }))
    const many = { $or: branches('a'), b: { $or: branches('b') } }
    const stars = Array.from({ length: 170 }, (_, i) => ({ wildcard: `*a${i}b*` }))
    const cases: readonly (readonly [object, Json])[] = [
      [{ d: many }, { d: Array.from({ length: 80_000 }, () => ({})) }],
      [{ d: many }, { d: Array.from({ length: 80_000 }, () => []) }],
      [{ d: many }, { d: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`z${i}`, 1])) }],
      [{ d: stars }, { d: 'a'.repeat(250_000) }],
      [{ d: stars }, { d: Array.from({ length: 60_000 }, () => 'aa') }],
    ]
    for (const [pattern, event] of cases) {
      const compiled = patternOf(JSON.stringify(pattern))
      const effort = { left: 1_000_000 }
      assert.throws(() => compiled.matches(event, effort), TooCostly)
      assert.ok(effort.left < 0)
    }
    const effort = { left: 1000 }
    assert.equal(
      patternOf('{"source": ["a"], "detail": {"b": [{"prefix": "c"}]}}').matches(
        { source: 'a', detail: { b: 'cd' } },
        effort,
      ),
      true,
    )
    assert.ok(effort.left > 980)
  },
)
