import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isReservedTagKey, shownTags, tagsIn, withoutTags } from './tags.ts'

test('what authorization sees of a request is unchecked, and the last of a repeated key counts', () => {
  assert.deepEqual(tagsIn(undefined), new Map())
  assert.deepEqual(tagsIn([{ Key: '__proto__', Value: 'x' }]), new Map([['__proto__', 'x']]))
  assert.deepEqual(
    tagsIn([{ Key: 'a', Value: '1' }, {}, { Key: 'a', Value: '2' }]),
    new Map(Object.entries({ a: '2', '': '' })),
  )
})

test('keys of AWS are told in any case, and only by their beginning', () => {
  assert.deepEqual(['aws:x', 'AWS:x', 'aws', 'my-aws:x', ''].map(isReservedTagKey), [true, true, false, false, false])
})

test('tags are taken off by key, and shown in the order in which they were given', () => {
  const tags = new Map(Object.entries({ b: '1', a: '2', c: '3' }))
  assert.deepEqual(shownTags(withoutTags(tags, ['a', 'unknown'])), [
    { Key: 'b', Value: '1' },
    { Key: 'c', Value: '3' },
  ])
})
