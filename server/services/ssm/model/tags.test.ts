import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MOST_TAGS, shownTags, withoutTags } from '#kernel/values/tags'
import { checkedTags, withTags } from './tags.ts'

const none = new Map<string, string>()
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ Key: `k${from + i}`, Value: `v${from + i}` }))

test('tags stand in the order of their creation; one that is given again keeps its place (parameterstore.md 7.10, recorded)', () => {
  const first = withTags(
    none,
    checkedTags([
      { Key: 'z', Value: '1' },
      { Key: 'a', Value: '' },
    ]),
  )
  const then = withTags(
    first,
    checkedTags([
      { Key: 'm', Value: '3' },
      { Key: 'z', Value: '9' },
    ]),
  )
  assert.deepEqual(shownTags(then), [
    { Key: 'z', Value: '9' },
    { Key: 'a', Value: '' },
    { Key: 'm', Value: '3' },
  ])
})

test('keys are case-sensitive', () => {
  assert.equal(
    withTags(
      none,
      checkedTags([
        { Key: 'Env', Value: '1' },
        { Key: 'env', Value: '2' },
      ]),
    ).size,
    2,
  )
})

test('keys that are not there are ignored when tags are removed (recorded)', () => {
  assert.deepEqual(
    [
      ...withoutTags(
        new Map([
          ['a', '1'],
          ['b', '2'],
        ]),
        ['b', 'c'],
      ),
    ],
    [['a', '1']],
  )
})

test('fifty tags fit, one more is TooManyTagsError without text (parameterstore.md 1.1)', () => {
  const full = withTags(none, checkedTags(many(MOST_TAGS)))
  assert.equal(full.size, 50)
  assert.equal(withTags(full, checkedTags([{ Key: 'k0', Value: 'other' }])).get('k0'), 'other')
  assert.throws(() => withTags(full, checkedTags([{ Key: 'new', Value: '' }])), {
    code: 'TooManyTagsError',
    message: '',
  })
})

test("tags of AWS's own do not count, and nobody gives them", () => {
  const tags = new Map([
    ['aws:cloudformation:stack-name', 's'],
    ['aws:cloudformation:stack-id', 'i'],
  ])
  assert.equal(withTags(tags, checkedTags(many(MOST_TAGS))).size, 52)
  for (const Key of ['aws:x', 'AWS:x', 'Aws:'])
    assert.throws(() => checkedTags([{ Key, Value: '' }]), { code: 'ValidationException' })
  assert.equal(checkedTags([{ Key: 'awsome', Value: '' }]).size, 1)
})

test('a key that stands twice in one request is refused', () => {
  assert.throws(
    () =>
      checkedTags([
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ]),
    { code: 'ValidationException' },
  )
})
