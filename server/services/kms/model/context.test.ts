import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { checkContext, orderedKeys } from './context.ts'

test('the keys of a context are ordered by their UTF-8 bytes, whatever order they come in', () => {
  // U+FFFD is before U+1F600 in UTF-8 and behind it in UTF-16.
  assert.deepEqual(orderedKeys({ '\u{1f600}': '', '\ufffd': '', b: '', a: '' }), ['a', 'b', '\ufffd', '\u{1f600}'])
  assert.deepEqual(orderedKeys({ b: '', a: '' }), ['a', 'b'])
  assert.deepEqual(orderedKeys({}), [])
  const keys = fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 6 })
  fc.assert(
    fc.property(keys, (texts) => {
      const context = Object.fromEntries(texts.map((text) => [text, '']))
      const expected = Object.keys(context).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      assert.deepEqual(orderedKeys(context), expected)
    }),
  )
})

test('a context is refused when it is too large or no Unicode; up to 8,192 bytes it passes', () => {
  const refused = (context: Record<string, string>) =>
    assert.throws(
      () => checkContext(context),
      (error) => error instanceof ApiError && error.code === 'ValidationException',
    )
  checkContext(undefined)
  checkContext({})
  checkContext({ k: 'v'.repeat(8192 - 4 - 8 - 1) })
  refused({ k: 'v'.repeat(8192 - 4 - 8) })
  checkContext({ k: '€'.repeat(2700) })
  refused({ k: '€'.repeat(2800) })
  refused({ k: '\ud800' })
  refused({ '\udc00': 'v' })
})
