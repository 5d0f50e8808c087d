import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tails } from './tails.ts'

const of = (account: string) => ({ account, region: 'us-east-1' })

test('sessions are bounded for an account and for the process, and what is over makes room', () => {
  const tails = new Tails({ account: 2, process: 3 })
  tails.begin(of('a'))
  tails.begin(of('a'))
  assert.throws(() => tails.begin(of('a')), { code: 'LimitExceededException' })
  tails.begin(of('b'))
  assert.throws(() => tails.begin(of('c')), { code: 'LimitExceededException' })
  tails.over(of('a'))
  tails.begin(of('c'))
  assert.equal(tails.size, 3)
})
