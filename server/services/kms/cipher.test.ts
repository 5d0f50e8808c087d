import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Random, systemRandom } from '#kernel/random'
import { boundTo, dataKeyBlob, materialIdOf, materialOfKey, openBlob, sealBlob } from './cipher.ts'
import { DERIVED, FORMAT_AT, materialOf, SHORTEST } from './model/blob.ts'
import { refusal, world } from './test/world.ts'

const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const material = materialOfKey(KEY_ID, 'ab'.repeat(32), createSecretKey(Buffer.alloc(32, 7)))
const salted: Random = { ...systemRandom, bytes: (size) => Buffer.alloc(size, 0x5a) }
const invalid = refusal('InvalidCiphertextException')

test('the bytes that a message is bound to are these: they never change (kms.md 4.2)', () => {
  const identity = `01${Buffer.from(KEY_ID).toString('hex')}${'ab'.repeat(32)}`
  assert.equal(boundTo(material.identity, undefined).toString('hex'), `${identity}00000000`)
  assert.equal(boundTo(material.identity, {}).toString('hex'), `${identity}00000000`)
  assert.equal(
    boundTo(material.identity, { b: '€', a: '' }).toString('hex'),
    `${identity}00000002${'0000000161'}${'00000000'}${'0000000162'}${'00000003e282ac'}`,
  )
})

test('a blob is these bytes: the layout and the derivation never change (kms.md 4.3, 13.3)', () => {
  const blob = sealBlob(material, { SecretARN: 'arn', SecretVersionId: 'v' }, Buffer.from('data key'), salted)
  assert.equal(
    blob.toString('hex'),
    `0102020078${'01'}${'ab'.repeat(32)}${'5a'.repeat(32)}` +
      '30055b8933cc0ce8f7ee5e7a91e45446415d28380a2ad94d8454007d1e95ca81' +
      '6093eed34ba834bf' +
      'f5ba32535d6e46e545a74a2aeec55326',
  )
  assert.equal(blob.length, 118 + 8)
  assert(blob.toString('base64').startsWith('AQICAH'))
})

test('what was encrypted opens with the same pairs in any order, and with no others', () => {
  const pairs = fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), pairs, (plaintext, context) => {
      const blob = sealBlob(material, context, plaintext, systemRandom)
      const turned = Object.fromEntries(Object.entries(context).reverse())
      assert.deepEqual(openBlob(material, turned, blob), Buffer.from(plaintext))
      assert.throws(() => openBlob(material, { ...context, more: 'x', 'and more': 'y' }, blob), invalid)
      for (const key of Object.keys(context)) {
        const { [key]: value, ...rest } = context
        assert.throws(() => openBlob(material, rest, blob), invalid)
        assert.throws(() => openBlob(material, { ...context, [key]: `${value}.` }, blob), invalid)
      }
    }),
  )
})

test('case counts in keys and values of a context', () => {
  const blob = sealBlob(material, { Key: 'Value' }, Buffer.from('x'), systemRandom)
  assert.throws(() => openBlob(material, { key: 'Value' }, blob), invalid)
  assert.throws(() => openBlob(material, { Key: 'value' }, blob), invalid)
})

test('a blob opens under its own material and key only', () => {
  const blob = sealBlob(material, undefined, Buffer.from('x'), systemRandom)
  const secret = createSecretKey(Buffer.alloc(32, 7))
  const others = [
    materialOfKey(KEY_ID, material.id, createSecretKey(Buffer.alloc(32, 8))),
    materialOfKey(KEY_ID.replace('1', '2'), material.id, secret),
    materialOfKey(KEY_ID, 'ac'.repeat(32), secret),
  ]
  for (const other of others) assert.throws(() => openBlob(other, undefined, blob), invalid)
})

test('a blob names its material; bytes that are no blob name none', () => {
  const blob = sealBlob(material, undefined, Buffer.from('x'), systemRandom)
  assert.equal(materialOf(blob), Buffer.from('ab'.repeat(32), 'hex').toString('latin1'))
  assert.equal(materialOf(new Uint8Array(blob)), materialOf(blob))
  assert.equal(materialOf(blob.subarray(0, SHORTEST[1] - 1)), undefined)
  for (let i = 0; i < 6; i++) {
    const changed = Buffer.from(blob)
    changed[i] = (changed[i] as number) ^ 1
    assert.equal(materialOf(changed), undefined)
  }
})

test('a material id says the same of the same material and key, and nothing without the vault', async () => {
  await using one = await world()
  await using two = await world()
  const bytes = Buffer.alloc(32, 1)
  const id = materialIdOf(one.vault, KEY_ID, bytes)
  assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal(materialIdOf(one.vault, KEY_ID, bytes), id)
  assert.notEqual(materialIdOf(one.vault, KEY_ID.replace('1', '2'), bytes), id)
  assert.notEqual(materialIdOf(one.vault, KEY_ID, Buffer.alloc(32, 2)), id)
  assert.notEqual(materialIdOf(two.vault, KEY_ID, bytes), id)
})

// Computed apart, with Python's hmac, from the layout in kernel/sealing/message.ts.
test('a data key is these bytes, and its blob these: the derivation never changes (kms.md 13.3)', () => {
  const { plaintext, blob } = dataKeyBlob(material, { SecretARN: 'arn', SecretVersionId: 'v' }, salted)
  assert.equal(blob.length, 102)
  assert.equal(blob.subarray(0, 70).toString('hex'), `0102020078${'02'}${'ab'.repeat(32)}${'5a'.repeat(32)}`)
  assert.equal(blob.subarray(70).toString('hex'), '5f602d0eedf5f861be989ba4f8ee549f24d7e7c2e012068d64b4c9bae84f0f5d')
  assert.equal(plaintext.toString('hex'), '86fdfac972b2a5b2108a312daa8a41e68e8360a69df1a8d6dc28d995a5aed9f2')
  assert(blob.toString('base64').startsWith('AQICAH'))
})

test('a data key comes back from its blob with the same context only, and from no altered blob', () => {
  const context = { SecretARN: 'arn', SecretVersionId: 'v' }
  const { plaintext, blob } = dataKeyBlob(material, context, systemRandom)
  assert.equal(plaintext.length, 32)
  assert.deepEqual(openBlob(material, { SecretVersionId: 'v', SecretARN: 'arn' }, blob), plaintext)
  for (const other of [undefined, {}, { ...context, more: '' }, { ...context, SecretARN: 'ARN' }])
    assert.throws(() => openBlob(material, other, blob), invalid)
  // The format byte chooses the derivation: as a sealed message it does not open, nor does one as a data key.
  for (let i = FORMAT_AT; i < blob.length; i++) {
    if (i > FORMAT_AT && i < 38) continue
    const changed = Buffer.from(blob)
    changed[i] = (changed[i] as number) ^ 3
    assert.throws(() => openBlob(material, context, changed), invalid, `byte ${i}`)
  }
  const message = sealBlob(material, context, Buffer.alloc(0), systemRandom)
  const posing = Buffer.concat([
    message.subarray(0, FORMAT_AT),
    Buffer.from([DERIVED]),
    message.subarray(FORMAT_AT + 1, 102),
  ])
  assert.throws(() => openBlob(material, context, posing), invalid)
  assert.throws(() => openBlob(material, context, Buffer.concat([blob, Buffer.alloc(1)])), invalid)
  assert.notDeepEqual(dataKeyBlob(material, context, systemRandom).plaintext, plaintext)
})
