import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { pagingWith } from './paging.ts'

const paging = pagingWith(createSecretKey(Buffer.alloc(32, 1)))
const bound = ['ListSecrets', '111122223333', 'us-east-1', [['name', ['a']]]]

function refused(token: string, bound: readonly unknown[], by = paging): void {
  assert.throws(
    () => by.open(token, bound),
    (error) => error instanceof ApiError && error.code === 'InvalidNextTokenException',
  )
}

test('a token gives back the position it was made from', () => {
  fc.assert(
    fc.property(fc.tuple(fc.integer(), fc.string()), (position) => {
      assert.deepEqual(paging.open(paging.seal(position, bound), bound), position)
    }),
  )
})

test('a token is refused for another question, another key, and after any change', () => {
  const token = paging.seal([1762000000000, 'arn:aws:x'], bound)
  refused(token, ['ListSecrets', '111122223333', 'us-east-1', [['name', ['b']]]])
  refused(token, ['ListSecrets', '111122223333', 'eu-west-1', [['name', ['a']]]])
  refused(token, bound, pagingWith(createSecretKey(Buffer.alloc(32, 2))))
  for (let at = 0; at < token.length; at++) {
    refused(`${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`, bound)
  }
})

test('what is no token of ours is refused', () => {
  fc.assert(fc.property(fc.string(), (text) => refused(text, bound)))
  for (const text of ['', 'garbage', 'A'.repeat(4096), Buffer.alloc(40).toString('base64url')]) refused(text, bound)
})

test('another spelling of a token is refused', () => {
  const token = paging.seal([0, 'x'], bound)
  refused(`${token}=`, bound)
  refused(`${token}\n`, bound)
  refused(`${token} `, bound)
})

test('the token of the longest position fits the wire', () => {
  assert.ok(paging.seal([Number.MAX_SAFE_INTEGER, `arn:${'x'.repeat(2044)}`], bound).length <= 4096)
})
