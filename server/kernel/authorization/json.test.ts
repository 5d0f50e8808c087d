import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Json, JsonFault, readJson } from '#kernel/authorization/json'

const plain = (value: Json): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
    : Array.isArray(value)
      ? value.map(plain)
      : value

test('readJson reads what JSON.parse reads', () => {
  const value = fc.jsonValue({ depthSize: 'small', noUnicodeString: false, maxDepth: 6 })
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, '\t'), (written, indent) => {
      const text = JSON.stringify(written, null, indent)
      assert.deepEqual(plain(readJson(text)), plain(readJson(JSON.stringify(JSON.parse(text)))))
      assert.equal(JSON.stringify(plain(readJson(text))), JSON.stringify(JSON.parse(text)))
    }),
  )
})

test('readJson refuses what JSON.parse refuses', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:0123e-+.tfn\\u a\n'), maxLength: 12 }), (text) => {
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      if (!valid) assert.throws(() => readJson(text), JsonFault)
    }),
    { numRuns: 3000 },
  )
})

test('readJson refuses a key that stands twice, also when it is written in another way (access.md 7, 30)', () => {
  for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"x":{"a":1,"b":2,"a":3}}]']) {
    assert.throws(() => readJson(text), JsonFault, text)
  }
})

test('readJson keeps keys away from prototypes (access.md 7, 31)', () => {
  const read = readJson('{"__proto__":{"Effect":"Allow"},"constructor":1}')
  assert.ok(read instanceof Map)
  assert.deepEqual([...read.keys()], ['__proto__', 'constructor'])
  assert.equal((Object.prototype as Record<string, unknown>).Effect, undefined)
})

test('readJson bounds depth and size', () => {
  assert.throws(() => readJson('['.repeat(100_000)), JsonFault)
  assert.throws(() => readJson(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`), JsonFault)
  assert.throws(() => readJson(`"${'a'.repeat(131_072)}"`), JsonFault)
  assert.throws(() => readJson('"a\nb"'), JsonFault)
})

test('readJson refuses half of a character, as it stands or escaped (access.md 7, 33)', () => {
  for (const text of ['"\ud83d"', '"\\ud83d"', '"\\ude00\\ud83d"', '{"\\ud83d":1}']) {
    assert.throws(() => readJson(text), JsonFault, JSON.stringify(text))
  }
  assert.equal(readJson('"\\ud83d\\ude00"'), '😀')
})
