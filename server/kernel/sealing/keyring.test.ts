import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { SealBroken } from '#kernel/sealing/broken'
import { vaultOf } from '#kernel/sealing/keyring'

const first = createSecretKey(Buffer.alloc(32, 1))
const second = createSecretKey(Buffer.alloc(32, 2))
const record = Buffer.from('record')

test('a record opens under its own label and identity only: two swapped rows are refused', () => {
  const vault = vaultOf(new Map([[1, first]]), systemRandom)
  const a = vault.wrap('kms/material', record, ['111122223333', 'us-east-1', 'a'])
  const b = vault.wrap('kms/material', Buffer.from('other'), ['111122223333', 'us-east-1', 'b'])
  assert.deepEqual(vault.unwrap('kms/material', a, ['111122223333', 'us-east-1', 'a']), record)
  assert.throws(() => vault.unwrap('kms/material', b, ['111122223333', 'us-east-1', 'a']), SealBroken)
  assert.throws(() => vault.unwrap('kms/material', a, ['111122223333', 'us-east-1', 'b']), SealBroken)
  assert.throws(() => vault.unwrap('iam/secret', a, ['111122223333', 'us-east-1', 'a']), SealBroken)
})

test('a record names its term: new ones are under the newest, old ones stay readable', () => {
  const old = vaultOf(new Map([[1, first]]), systemRandom).wrap('x', record, ['id'])
  const terms = new Map([
    [1, first],
    [2, second],
  ])
  const vault = vaultOf(terms, systemRandom)
  const fresh = vault.wrap('x', record, ['id'])
  assert.deepEqual([old.readUInt32BE(1), fresh.readUInt32BE(1)], [1, 2])
  assert.deepEqual(vault.unwrap('x', old, ['id']), record)
  assert.deepEqual(vault.unwrap('x', fresh, ['id']), record)
  assert.throws(() => vaultOf(new Map([[1, first]]), systemRandom).unwrap('x', fresh, ['id']), SealBroken)
})

test('a changed byte, also of version and term: refused', () => {
  const vault = vaultOf(new Map([[1, first]]), systemRandom)
  const wrapped = vault.wrap('x', record, ['id'])
  for (let i = 0; i < wrapped.length; i++) {
    const changed = Buffer.from(wrapped)
    changed[i] = (changed[i] as number) ^ 1
    assert.throws(() => vault.unwrap('x', changed, ['id']), SealBroken)
    assert.throws(() => vault.unwrap('x', wrapped.subarray(0, i), ['id']), SealBroken)
  }
})

test('a MAC key is one for each label and outlives new terms', () => {
  const one = vaultOf(new Map([[1, first]]), systemRandom)
  const two = vaultOf(
    new Map([
      [1, first],
      [2, second],
    ]),
    systemRandom,
  )
  assert(one.macKey('a').equals(two.macKey('a')))
  assert(!one.macKey('a').equals(one.macKey('b')))
})

test('a closed vault does nothing more', () => {
  const vault = vaultOf(new Map([[1, first]]), systemRandom)
  const wrapped = vault.wrap('x', record, ['id'])
  vault.close()
  assert.throws(() => vault.unwrap('x', wrapped, ['id']), /closed/)
  assert.throws(() => vault.wrap('x', record, ['id']), /closed/)
})
