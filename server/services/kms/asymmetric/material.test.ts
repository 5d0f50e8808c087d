import assert from 'node:assert/strict'
import { createECDH, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { element } from './der.ts'
import { fitMaterial } from './material.ts'
import { RSA_PKCS8 } from './test/vectors.ts'

const unfit = { code: 'IncorrectKeyMaterialException' }

test('one key is one material, however it was written', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const full = key.export({ type: 'pkcs8', format: 'der' })
  // PKCS#8 may leave the public half out. Source: RFC 5915, 3 (publicKey is optional).
  const scalar = full.subarray(36, 68)
  const short = Buffer.concat([
    Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex'),
    scalar,
  ])
  assert.deepEqual(createPrivateKey({ key: short, format: 'der', type: 'pkcs8' }).asymmetricKeyType, 'ec')
  assert.deepEqual(fitMaterial('ECC_NIST_P256', short), fitMaterial('ECC_NIST_P256', full))
  assert.deepEqual(fitMaterial('RSA_2048', RSA_PKCS8), RSA_PKCS8)
})

test('halves that don’t belong together are refused', () => {
  const [one, two] = [0, 1].map(() =>
    generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'der' }),
  ) as [Buffer, Buffer]
  const mixed = Buffer.concat([one.subarray(0, -65), two.subarray(-65)])
  assert.throws(() => fitMaterial('ECC_NIST_P256', mixed), unfit)
  // A number of the RSA key that is another one: the modulus, d, a prime, what comes of them.
  for (const at of [100, 400, 700, 800, 900, 1000, RSA_PKCS8.length - 20]) {
    const numbers = Buffer.from(RSA_PKCS8)
    numbers[at] = (numbers[at] as number) ^ 1
    assert.throws(() => fitMaterial('RSA_2048', numbers), unfit, `byte ${at}`)
  }
})

test('a number that is none of the curve’s, or a curve that is spelt out, is no material', () => {
  const p256 = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex')
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
  const above = Buffer.from(order.map((byte, at) => (at === 31 ? byte + 1 : byte)))
  const one = Buffer.from('1'.padStart(64, '0'), 'hex')
  const holder = createECDH('prime256v1')
  holder.setPrivateKey(one)
  const point = element(0xa1, element(0x03, Buffer.of(0), holder.getPublicKey()))
  const pkcs8 = (scalar: Buffer, ...more: Buffer[]) =>
    element(
      0x30,
      Buffer.of(2, 1, 0),
      p256,
      element(0x04, element(0x30, Buffer.of(2, 1, 1), element(0x04, scalar), ...more)),
    )
  assert.equal(fitMaterial('ECC_NIST_P256', pkcs8(one)).length, 138)
  for (const scalar of [Buffer.alloc(32), order, above, Buffer.alloc(32, 0xff)]) {
    assert.throws(() => fitMaterial('ECC_NIST_P256', pkcs8(scalar)), unfit)
    assert.throws(() => fitMaterial('ECC_NIST_P256', pkcs8(scalar, point)), unfit)
  }
  const spelt = generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' }).privateKey
  assert.throws(() => fitMaterial('ECC_NIST_P256', spelt.export({ format: 'der', type: 'pkcs8' })), unfit)
})

test('whatever bytes come, they are material of the spec or refused, and nothing else happens', () => {
  const specs = ['SYMMETRIC_DEFAULT', 'HMAC_224', 'RSA_2048', 'ECC_NIST_P521', 'ECC_NIST_EDWARDS25519'] as const
  const changed = fc
    .tuple(fc.nat(RSA_PKCS8.length - 1), fc.nat(255))
    .map(([at, byte]) => Buffer.concat([RSA_PKCS8.subarray(0, at), Buffer.of(byte), RSA_PKCS8.subarray(at + 1)]))
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
    fc.nat(RSA_PKCS8.length).map((size) => RSA_PKCS8.subarray(0, size)),
    changed,
  )
  fc.assert(
    fc.property(fc.constantFrom(...specs), bytes, (spec, material) => {
      try {
        fitMaterial(spec, material)
      } catch (error) {
        return error instanceof ApiError && error.code === unfit.code
      }
      return true
    }),
    { numRuns: 150 },
  )
})
