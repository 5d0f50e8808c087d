import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Documents } from './documents.ts'
import { document } from './test/trial.ts'

test('Documents compiles a text once, and keeps no more characters than it may', () => {
  const text = (n: number) => document(`a:${String(n).padStart(4, '0')}`)
  const size = text(0).length
  const documents = new Documents(10 * size)
  const first = documents.of(text(0))
  assert.equal(documents.of(text(0)), first)
  for (let n = 0; n < 10; n++) documents.of(text(n))
  assert.equal(documents.characters, 10 * size)
  assert.equal(documents.of(text(0)), first)
  documents.of(text(10))
  assert.equal(documents.characters, 10 * size)
  assert.notEqual(documents.of(text(0)), first, 'the oldest made place')
  const large = text(0).replaceAll(',', `,${' '.repeat(10 * size)}`)
  assert.notEqual(documents.of(large), documents.of(large))
  assert.equal(documents.characters, 10 * size)
})
