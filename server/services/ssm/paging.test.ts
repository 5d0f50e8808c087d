import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { hiddenPaging, type Position, pagingWith } from './paging.ts'
import { trial } from './test/trial.ts'

const paging = pagingWith(createSecretKey(Buffer.alloc(32, 1)))
const bound = ['DescribeParameters', '111122223333', 'us-east-1', [['Name', ['a']]]]

function refused(token: string, question: readonly unknown[] = bound, by = paging): void {
  assert.throws(
    () => by.open(token, question),
    // Recorded: parameterstore.md 7.4.
    (error) =>
      error instanceof ApiError &&
      error.code === 'InvalidNextToken' &&
      error.message === `The following token is invalid: ${token}.`,
  )
}

test('a token gives back the position it was made from', () => {
  const positions = [fc.tuple(fc.nat(), fc.string()), fc.tuple(fc.nat(), fc.nat())] as const
  fc.assert(
    fc.property(fc.oneof(...positions), (position: Position) => {
      assert.deepEqual(paging.open(paging.seal(position, bound), bound), position)
    }),
  )
})

test('a token is refused for another question, another key, and after any change', () => {
  const token = paging.seal([0, 'myapp/db'], bound)
  refused(token, ['DescribeParameters', '111122223333', 'us-east-1', [['Name', ['b']]]])
  refused(token, ['DescribeParameters', '111122223333', 'eu-west-1', [['Name', ['a']]]])
  refused(token, bound, pagingWith(createSecretKey(Buffer.alloc(32, 2))))
  for (let at = 0; at < token.length; at++) {
    refused(`${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`)
  }
})

test('what is no token of ours is refused', () => {
  fc.assert(fc.property(fc.string(), (text) => refused(text)))
  for (const text of ['', 'garbage', 'A'.repeat(4096), Buffer.alloc(40).toString('base64url')]) refused(text)
  const token = paging.seal([0, 'x'], bound)
  for (const text of [`${token}=`, `${token}\n`, `${token} `]) refused(text)
})

test('the token of the longest name fits the wire', () => {
  assert.ok(paging.seal([50, 'x'.repeat(1011)], bound).length <= 4096)
})

test('a hidden place is as good, for its own question, and not to be read', async () => {
  await using one = await trial()
  const hidden = hiddenPaging(one.vault)
  const token = hidden.seal([3, 'myapp/db'], bound)
  assert.deepEqual(hidden.open(token, bound), [3, 'myapp/db'])
  assert.equal(Buffer.from(token, 'base64url').toString('latin1').includes('myapp'), false)
  assert.notEqual(hidden.seal([3, 'myapp/db'], bound), token)
  refused(token, [...bound, 1], hidden)
  refused(token, bound, paging)
  refused(paging.seal([3, 'myapp/db'], bound), bound, hidden)
  for (const text of ['', 'x', ' ', `${token}=`, 'A'.repeat(200)]) refused(text, bound, hidden)
  for (let at = 0; at < token.length; at += 7) {
    refused(`${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`, bound, hidden)
  }
})
