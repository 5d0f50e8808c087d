import assert from 'node:assert/strict'
import {
  constants,
  createCipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  publicEncrypt,
} from 'node:crypto'
import { test } from 'node:test'
import { refusal } from '../test/world.ts'
import { decryptOaep } from './oaep.ts'
import { openPair } from './pair.ts'
import { bytes, MESSAGE, OAEP_LABELLED, OAEP_VALID, RSA_PKCS8 } from './test/vectors.ts'
import { checkWrapping, openKeyWrap, unwrapped, type Wrapping } from './wrapping.ts'

const key = createPrivateKey({ key: RSA_PKCS8, format: 'der', type: 'pkcs8' })
const publicKey = createPublicKey(key)

const broken = refusal('InvalidCiphertextException')

test('AES key wrap with padding opens what RFC 5649, 6 wraps, and nothing that was changed', () => {
  const kek = createSecretKey(bytes('5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8'))
  for (const [plain, wrapped] of [
    ['c37b7e6492584340bed12207808941155068f738', '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a'],
    ['466f7250617369', 'afbeb0f07dfbf5419200f2ccb50bb24f'],
  ] as const) {
    assert.deepEqual(openKeyWrap(kek, bytes(wrapped)), bytes(plain))
    for (let at = 0; at < wrapped.length / 2; at++) {
      const changed = bytes(wrapped)
      changed[at] = (changed[at] as number) ^ 1
      assert.throws(() => openKeyWrap(kek, changed))
    }
  }
  for (const size of [0, 7, 8, 15, 17]) assert.throws(() => openKeyWrap(kek, Buffer.alloc(size)))
})

test('RSAES-OAEP with SHA-256 decrypts what Wycheproof encrypted, without a label only', async () => {
  assert.deepEqual(unwrapped(key, 'RSAES_OAEP_SHA_256', OAEP_VALID), MESSAGE)
  const pair = openPair('RSA_2048', RSA_PKCS8)
  assert.deepEqual(await decryptOaep(pair, 'RSAES_OAEP_SHA_256', OAEP_VALID), MESSAGE)
  for (const bad of [OAEP_LABELLED, OAEP_VALID.subarray(1), Buffer.alloc(256), Buffer.alloc(256, 255), Buffer.of(1)]) {
    assert.throws(() => unwrapped(key, 'RSAES_OAEP_SHA_256', bad), broken)
    await assert.rejects(decryptOaep(pair, 'RSAES_OAEP_SHA_256', bad), broken)
  }
  assert.throws(() => unwrapped(key, 'RSAES_OAEP_SHA_1', OAEP_VALID), broken)
  await assert.rejects(decryptOaep(pair, 'RSAES_OAEP_SHA_1', OAEP_VALID), broken)
})

/** Wraps as a customer does, with an ephemeral key of AES. */
function wrap(kek: Buffer, material: Buffer, oaepHash: string): Buffer {
  const cipher = createCipheriv(`id-aes${kek.length * 8}-wrap-pad`, kek, bytes('a65959a6'))
  const inner = Buffer.concat([cipher.update(material), cipher.final()])
  const outer = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, kek)
  return Buffer.concat([outer, inner])
}

test('RSA_AES_KEY_WRAP opens with AES-256 and the right hash only; whatever is wrong reads the same', () => {
  const material = Buffer.alloc(1217, 7)
  for (const [algorithm, hash] of [
    ['RSA_AES_KEY_WRAP_SHA_1', 'sha1'],
    ['RSA_AES_KEY_WRAP_SHA_256', 'sha256'],
  ] as const) {
    const wrapped = wrap(Buffer.alloc(32, 1), material, hash)
    assert.deepEqual(unwrapped(key, algorithm, wrapped), material)
    const other: Wrapping = hash === 'sha1' ? 'RSA_AES_KEY_WRAP_SHA_256' : 'RSA_AES_KEY_WRAP_SHA_1'
    assert.throws(() => unwrapped(key, other, wrapped), broken)
    assert.throws(() => unwrapped(key, algorithm, wrap(Buffer.alloc(16, 1), material, hash)), broken)
    for (const size of [0, 1, 255, 256, 257, 264, wrapped.length - 8])
      assert.throws(() => unwrapped(key, algorithm, wrapped.subarray(0, size)), broken)
  }
})

test('what can wrap what: kms.md 16.3 (codes and texts assumed)', () => {
  const refused = (what: string) => refusal('UnsupportedOperationException', `${what} is not supported.`)
  assert.throws(
    () => checkWrapping('SYMMETRIC_DEFAULT', 'RSAES_PKCS1_V1_5', 'RSA_2048'),
    refused('WrappingAlgorithm RSAES_PKCS1_V1_5'),
  )
  assert.throws(() => checkWrapping('SYMMETRIC_DEFAULT', 'SM2PKE', 'SM2'), refused('WrappingAlgorithm SM2PKE'))
  assert.throws(() => checkWrapping('SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'SM2'), refused('WrappingKeySpec SM2'))
  assert.throws(
    () => checkWrapping('RSA_2048', 'RSAES_OAEP_SHA_256', 'RSA_4096'),
    refused('WrappingAlgorithm RSAES_OAEP_SHA_256 with WrappingKeySpec RSA_4096 for a key of KeySpec RSA_2048'),
  )
  assert.throws(() => checkWrapping('ECC_NIST_P521', 'RSAES_OAEP_SHA_1', 'RSA_2048'), /ECC_NIST_P521 is not supported/)
  checkWrapping('ECC_NIST_P521', 'RSAES_OAEP_SHA_1', 'RSA_3072')
  checkWrapping('RSA_4096', 'RSA_AES_KEY_WRAP_SHA_1', 'RSA_2048')
})
