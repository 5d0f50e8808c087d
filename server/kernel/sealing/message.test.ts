import assert from 'node:assert/strict'
import { createSecretKey, webcrypto } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemRandom, type Random } from '#kernel/random'
import { boundBytes } from '#kernel/sealing/bound'
import { SealBroken } from '#kernel/sealing/broken'
import { MESSAGE_OVERHEAD, openMessage, purpose, sealMessage } from '#kernel/sealing/message'

const { subtle } = webcrypto
const key = createSecretKey(Buffer.alloc(32, 7))
const what = purpose('test/message/v1')
const salted: Random = { ...systemRandom, bytes: (size) => Buffer.alloc(size, 0x5a) }

test('a sealed message is these bytes: the derivation and the layout never change', () => {
  const sealed = sealMessage(key, what, boundBytes(['a', 'bc']), Buffer.from('hello'), salted)
  assert.equal(
    sealed.toString('hex'),
    '5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a' +
      '7defbd5c905774b99b36795b9fa52715aa3b6f16c747c6a8786442d47946a39d' +
      '684f749844' +
      'd78f4e4456a6e477cc9bf0166375202b',
  )
})

test('a sealed message opens by its description, with Web Cryptography', async () => {
  const bound = boundBytes(['a', 'bc'])
  const sealed = sealMessage(key, what, bound, Buffer.from('hello'), systemRandom)
  const hmac = await subtle.importKey('raw', Buffer.alloc(32, 7), { name: 'HMAC', hash: 'SHA-512' }, false, ['sign'])
  const label = Buffer.from('\0\0\0\x01test/message/v1\0', 'latin1')
  const length = Buffer.from('00000200', 'hex')
  const okm = await subtle.sign('HMAC', hmac, Buffer.concat([label, sealed.subarray(0, 32), bound, length]))
  assert.deepEqual(Buffer.from(okm, 32), sealed.subarray(32, 64))
  const aes = await subtle.importKey('raw', okm.slice(0, 32), 'AES-GCM', false, ['decrypt'])
  const opened = await subtle.decrypt({ name: 'AES-GCM', iv: Buffer.alloc(12) }, aes, sealed.subarray(64))
  assert.equal(Buffer.from(opened).toString(), 'hello')
})

test('what was sealed opens again, under the same key, purpose and identity only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.string()), (bytes, bound) => {
      const sealed = sealMessage(key, what, boundBytes(bound), bytes, systemRandom, 3)
      assert.equal(sealed.length, bytes.length + MESSAGE_OVERHEAD + 3)
      assert.deepEqual(openMessage(key, what, boundBytes(bound), sealed, 3), Buffer.from(bytes))
      const others = [
        () => openMessage(createSecretKey(Buffer.alloc(32, 8)), what, boundBytes(bound), sealed, 3),
        () => openMessage(key, purpose('test/message/v2'), boundBytes(bound), sealed, 3),
        () => openMessage(key, what, boundBytes([...bound, '']), sealed, 3),
      ]
      for (const other of others) assert.throws(other, SealBroken)
    }),
  )
})

test('a changed byte, a byte more or less: refused with one error', () => {
  const bound = boundBytes(['x'])
  const sealed = sealMessage(key, what, bound, Buffer.from('some message'), systemRandom)
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed)
    changed[i] = (changed[i] as number) ^ 1
    assert.throws(() => openMessage(key, what, bound, changed), SealBroken)
    assert.throws(() => openMessage(key, what, bound, sealed.subarray(0, i)), SealBroken)
  }
  assert.throws(() => openMessage(key, what, bound, Buffer.concat([sealed, Buffer.from([0])])), SealBroken)
})

test('an identity longer than the room that is kept for it is bound whole', () => {
  const long = boundBytes(['x'.repeat(5000)])
  const sealed = sealMessage(key, what, long, Buffer.from('m'), systemRandom)
  assert.equal(openMessage(key, what, long, sealed).toString(), 'm')
  assert.throws(() => openMessage(key, what, boundBytes([`${'x'.repeat(4999)}y`]), sealed), SealBroken)
})

test('two sealed messages are never the same', () => {
  const once = sealMessage(key, what, boundBytes([]), Buffer.from('m'), systemRandom)
  assert.notDeepEqual(once, sealMessage(key, what, boundBytes([]), Buffer.from('m'), systemRandom))
})
