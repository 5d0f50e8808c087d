import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { SigningKeys } from './keys.ts'

const SECRET = new Secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')

test('SigningKeys derives the key of the AWS documentation', () => {
  // Source: "Examples of how to derive a signing key for Signature Version 4", AWS General Reference.
  const key = new SigningKeys().keyFor(
    'a',
    new Secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'),
    '20150830',
    'us-east-1',
    'iam',
  )
  assert.equal(key.export().toString('hex'), 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9')
})

test('SigningKeys gives the same object again for the same secret', () => {
  const keys = new SigningKeys()
  const first = keys.keyFor('a', SECRET, '20260102', 'us-east-1', 'kms')
  assert.equal(keys.keyFor('a', SECRET, '20260102', 'us-east-1', 'kms'), first)
  assert.equal(keys.keyFor('a', new Secret(SECRET.reveal()), '20260102', 'us-east-1', 'kms'), first)
})

test('SigningKeys never gives a key that another secret made', () => {
  const keys = new SigningKeys()
  const before = keys.keyFor('a', SECRET, '20260102', 'us-east-1', 'kms')
  const after = keys.keyFor('a', new Secret('changed'), '20260102', 'us-east-1', 'kms')
  assert.notEqual(after.export().toString('hex'), before.export().toString('hex'))
  assert.equal(keys.size, 1)
})

test('SigningKeys never gives a key that another secret made, also when it was not asked for in a while', () => {
  const keys = new SigningKeys(2)
  const hex = (secret: Secret<string>) =>
    keys.keyFor('a', secret, '20260102', 'us-east-1', 'kms').export().toString('hex')
  const before = hex(SECRET)
  keys.keyFor('b', SECRET, '20260102', 'us-east-1', 'kms')
  const after = hex(new Secret('changed'))
  assert.notEqual(after, before)
  assert.equal(hex(SECRET), before)
})

test('SigningKeys stays within its capacity and keeps what is in use', () => {
  const keys = new SigningKeys(10)
  const used = keys.keyFor('used', SECRET, '20260102', 'us-east-1', 'kms')
  for (let i = 0; i < 100; i++) {
    keys.keyFor(`id-${i}`, SECRET, '20260102', 'us-east-1', 'kms')
    assert.equal(keys.keyFor('used', SECRET, '20260102', 'us-east-1', 'kms'), used)
    assert.ok(keys.size <= 10, `${keys.size} keys are held`)
  }
  keys.clear()
  assert.equal(keys.size, 0)
})

test('SigningKeys makes keys that sign', () => {
  const key = new SigningKeys().keyFor('a', SECRET, '20260102', 'us-east-1', 'kms')
  assert.equal(key.type, 'secret')
  assert.equal(createHmac('sha256', key).update('x').digest().length, 32)
})
