import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compare } from './difference.ts'

const told = (from: string, to: string) =>
  compare(from, to).differences.map(({ path, change, from, to }) => `${change} ${path} ${from ?? '-'} ${to ?? '-'}`)

test('JSON objects and arrays are compared member by member, at every depth', () => {
  assert.deepEqual(told('{"a":1,"b":{"c":[1,2]},"x":null}', '{"a":2,"b":{"c":[1,3,4]},"y":true}'), [
    'Changed /a 1 2',
    'Changed /b/c/1 2 3',
    'Added /b/c/2 - 4',
    'Removed /x null -',
    'Added /y - true',
  ])
  assert.deepEqual(told('[1,2]', '[1]'), ['Removed /1 2 -'])
  assert.deepEqual(told('{"a":{"b":1}}', '{"a":[1]}'), ['Changed /a {"b":1} [1]'])
})

test('paths are JSON pointers: ~ and / are escaped, and the empty key is a key. Source: RFC 6901', () => {
  assert.deepEqual(told('{"a/b":1,"~":1,"":1}', '{"a/b":2,"~":2,"":2}'), [
    'Changed /a~1b 1 2',
    'Changed /~0 1 2',
    'Changed / 1 2',
  ])
})

test('spaces, the order of members and how a number is written make no difference; digits beyond a double do', () => {
  assert.deepEqual(compare('{"a":1,"b":"x"}', ' { "b" : "x", "a" : 1.0 } '), {
    format: 'JSON',
    differences: [],
    truncated: false,
  })
  assert.deepEqual(told('{"a":12345678901234567890}', '{"a":12345678901234567891}'), [
    'Changed /a 12345678901234567890 12345678901234567891',
  ])
  assert.deepEqual(told('{"a":1e400}', '{"a":1e500}'), ['Changed /a 1e400 1e500'])
})

test('what is no JSON object or array is compared as a text', () => {
  for (const [from, to] of [
    ['one', 'two'],
    ['"a"', '"b"'],
    ['1', '2'],
    ['{"a":1}', 'text'],
    ['{', '{}'],
  ] as const)
    assert.deepEqual(compare(from, to), {
      format: 'Text',
      differences: [{ path: '', change: 'Changed', from, to }],
      truncated: false,
    })
  assert.deepEqual(compare('same', 'same').differences, [])
})

test('members called like those of every object are members', () => {
  assert.deepEqual(told('{"__proto__":1,"constructor":2}', '{"toString":3}'), [
    'Removed /__proto__ 1 -',
    'Removed /constructor 2 -',
    'Added /toString - 3',
  ])
})

test('a value that is nested too deep is compared as a text, however deep', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`
  assert.equal(compare(deep(64), deep(64)).format, 'JSON')
  assert.equal(compare(deep(65), deep(65)).format, 'Text')
  assert.equal(compare(deep(32_000), deep(31_999)).format, 'Text')
  // Brackets in texts are no levels.
  assert.equal(compare(JSON.stringify({ a: '['.repeat(1000) }), '{}').format, 'JSON')
  assert.equal(compare(JSON.stringify({ a: '\\"['.repeat(1000) }), '{}').format, 'JSON')
})

test('what is told is bounded, in number and in size', () => {
  const many = (start: number) => JSON.stringify(Array.from({ length: 5000 }, (_, i) => i + start))
  const { differences, truncated } = compare(many(0), many(1))
  assert.deepEqual([differences.length, truncated], [1000, true])
  const long = (value: number) => JSON.stringify({ ['k'.repeat(30_000)]: Array.from({ length: 100 }, () => value) })
  const paths = compare(long(1), long(2))
  assert.equal(paths.truncated, true)
  assert.ok(paths.differences.reduce((sum, { path }) => sum + path.length, 0) <= 256 * 1024)
  assert.equal(compare(many(0), many(0)).truncated, false)
})

test('always: a value differs from itself in nothing, and both ways differ in the same places', () => {
  const values = fc.oneof(fc.jsonValue(), fc.string()).map((value) => JSON.stringify(value))
  fc.assert(
    fc.property(values, values, (a, b) => {
      assert.deepEqual(compare(a, a).differences, [])
      const paths = (from: string, to: string) => new Set(compare(from, to).differences.map(({ path }) => path))
      assert.deepEqual(paths(a, b), paths(b, a))
    }),
    { numRuns: 300 },
  )
})

test('always: applied to the old value the differences make the new one', () => {
  const flat = fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.boolean()))
  fc.assert(
    fc.property(flat, flat, (a, b) => {
      const made = new Map(Object.entries(a))
      for (const { path, to } of compare(JSON.stringify(a), JSON.stringify(b)).differences) {
        const key = path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
        if (to === undefined) made.delete(key)
        else made.set(key, JSON.parse(to))
      }
      assert.deepEqual(made, new Map(Object.entries(b)))
    }),
    { numRuns: 300 },
  )
})
