import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { pageTokens } from './page-token.ts'

const tokens = pageTokens(createSecretKey(Buffer.alloc(32, 1)))
const bound = ['ListSecrets', '111122223333', 'us-east-1', [['name', ['a']]]]

test('a token gives back its place, for the question that it was made for and no other', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (place) => {
      const token = tokens.seal(place, bound)
      assert.equal(tokens.open(token, bound), place)
      assert.equal(tokens.open(token, [...bound, 1]), undefined)
      assert.equal(pageTokens(createSecretKey(Buffer.alloc(32, 2))).open(token, bound), undefined)
    }),
  )
})

test('a token that was altered or is spelled in another way is none', () => {
  const token = tokens.seal('x', bound)
  for (const text of [`${token}=`, `${token}\n`, ` ${token}`, '', 'A'.repeat(43), 'A'.repeat(4096)])
    assert.equal(tokens.open(text, bound), undefined)
  for (let at = 0; at < token.length; at++)
    assert.equal(
      tokens.open(`${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`, bound),
      undefined,
    )
})
