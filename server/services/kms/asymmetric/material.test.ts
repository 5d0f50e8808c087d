import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
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
