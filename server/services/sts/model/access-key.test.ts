import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '#kernel/random'
import { accountIn, isSessionKeyId, newSecretKey, newSessionKeyId } from './access-key.ts'

test('the id of temporary credentials always tells their account', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), (number) => {
      const account = String(number).padStart(12, '0')
      const id = newSessionKeyId(account, systemRandom)
      assert.match(id, /^ASIA[A-Z2-7]{16}$/)
      assert.equal(accountIn(id), account)
    }),
  )
})

test('the account stands where the ids of AWS have it (observed by the public: ASIAQNZGKIQY56JQ7WML is of 029608264753)', () => {
  assert.equal(accountIn('ASIAQNZGKIQY56JQ7WML'), '029608264753')
})

test('other ids tell no account', () => {
  for (const id of [
    '',
    'ASIA',
    'AKIAQNZGKIQY56JQ7WML',
    'ASIAQNZGKIQY56JQ7WM',
    'ASIAQNZGKIQY56JQ7WML2',
    'ASIAqnzgkiqy56jq7wml',
  ]) {
    assert.equal(accountIn(id), undefined, id)
    assert.equal(isSessionKeyId(id), false, id)
  }
  // The flag is not set: an id of the years before; and a number that is no account.
  assert.equal(accountIn('ASIAIOSFODNN7EXAMPLE'), undefined)
  assert.equal(accountIn('ASIA7777777777777777'), undefined)
})

test('ids and secrets are made of chance', () => {
  const ids = new Set(Array.from({ length: 2000 }, () => newSessionKeyId('111122223333', systemRandom)))
  assert.equal(ids.size, 2000)
  assert.match(newSecretKey(systemRandom), /^[A-Za-z0-9+/]{40}$/)
  // The last characters vary over the whole alphabet.
  assert.equal(new Set([...ids].map((id) => id.at(-1))).size, 32)
})
