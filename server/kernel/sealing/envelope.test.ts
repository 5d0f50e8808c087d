import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { SealBroken } from '#kernel/sealing/broken'
import { openValue, sealValue } from '#kernel/sealing/envelope'

const dataKey = Buffer.alloc(32, 9)
const bound = [
  '111122223333',
  'us-east-1',
  'arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf',
  'v1',
  'key',
]

test('a sealed value is these bytes: the layout never changes', () => {
  const sealed = sealValue(dataKey, Buffer.from('{"password":"x"}'), bound)
  assert.equal(
    sealed.toString('hex'),
    '01' + '099e48859c4ffe12f921b64c' + '5c3a54d13ccb25645ad3e88b95c3c82b' + '4941f7b65a0feeeb93ec41b5599de215',
  )
  assert.equal(openValue(dataKey, sealed, bound).toString(), '{"password":"x"}')
})

test('what was sealed opens again, by the key as bytes and as KeyObject', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), fc.array(fc.string()), (bytes, identity) => {
      const sealed = sealValue(createSecretKey(dataKey), bytes, identity)
      assert.equal(sealed.length, bytes.length + 29)
      assert.deepEqual(openValue(dataKey, sealed, identity), Buffer.from(bytes))
      assert.throws(() => openValue(Buffer.alloc(32), sealed, identity), SealBroken)
    }),
    { numRuns: 50 },
  )
})

test('any part of the identity changed, moved or left out: refused', () => {
  const sealed = sealValue(dataKey, Buffer.from('value'), bound)
  const others = [...bound.keys()].flatMap((i) => [bound.with(i, 'other'), bound.toSpliced(i, 1)])
  others.push([...bound].reverse(), [...bound, ''], [bound.join('')])
  for (const other of others) assert.throws(() => openValue(dataKey, sealed, other), SealBroken)
})

test('a changed byte or a cut end: refused with one error, also when the tag is cut short', () => {
  const sealed = sealValue(dataKey, Buffer.from('value'), bound)
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed)
    changed[i] = (changed[i] as number) ^ 0x80
    assert.throws(() => openValue(dataKey, changed, bound), SealBroken)
    assert.throws(() => openValue(dataKey, sealed.subarray(0, i), bound), SealBroken)
  }
  assert.throws(() => openValue(Buffer.alloc(16), sealed, bound), SealBroken)
})

test('a data key that is used twice does not repeat an IV for two values', () => {
  const iv = (text: string, identity = bound) =>
    sealValue(dataKey, Buffer.from(text), identity).subarray(1, 13).toString('hex')
  assert.equal(new Set([iv('a'), iv('b'), iv(''), iv('a', ['x'])]).size, 4)
  assert.equal(iv('a'), iv('a'))
})
