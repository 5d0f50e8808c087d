import assert from 'node:assert/strict'
import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { bring } from '../test/importing.ts'
import { refusal, world } from '../test/world.ts'

const KeyAgreementAlgorithm = 'ECDH'
const peer = (namedCurve: string) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  return { privateKey, PublicKey: publicKey.export({ type: 'spki', format: 'der' }) }
}

test('DeriveSharedSecret gives what the other party works out: as long as the field (kms.md 16.1)', async () => {
  await using w = await world()
  for (const [KeySpec, curve, size] of [
    ['ECC_NIST_P256', 'prime256v1', 32],
    ['ECC_NIST_P384', 'secp384r1', 48],
    ['ECC_NIST_P521', 'secp521r1', 66],
  ] as const) {
    const { KeyId, Arn } = await w.key({ KeySpec, KeyUsage: 'KEY_AGREEMENT' })
    const { privateKey, PublicKey } = peer(curve)
    const { SharedSecret, ...rest } = await w.ask('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm, PublicKey })
    assert.deepEqual(rest, { KeyId: Arn, KeyAgreementAlgorithm, KeyOrigin: 'AWS_KMS' })
    const ours = await w.ask('GetPublicKey', { KeyId })
    const publicKey = createPublicKey({ key: ours.PublicKey, format: 'der', type: 'spki' })
    assert.equal(SharedSecret.length, size)
    assert.deepEqual(SharedSecret, diffieHellman({ privateKey, publicKey }))
  }
})

test('DeriveSharedSecret with NIST’s known answer (CAVP, KAS_ECC_CDH_PrimitiveTest, P-256, COUNT 0)', async () => {
  await using w = await world()
  const b64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64url')
  const { createPrivateKey } = await import('node:crypto')
  const own = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: b64('7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534'),
      x: b64('ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230'),
      y: b64('28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141'),
    },
  })
  const theirs = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: b64('700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287'),
      y: b64('db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac'),
    },
  })
  const { KeyId } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT', Origin: 'EXTERNAL' })
  await bring(w, KeyId, own.export({ type: 'pkcs8', format: 'der' }))
  const PublicKey = theirs.export({ type: 'spki', format: 'der' })
  const out = await w.ask('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm, PublicKey })
  assert.equal(out.KeyOrigin, 'EXTERNAL')
  assert.equal(out.SharedSecret.toString('hex'), '46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b')
})

test('DeriveSharedSecret refuses a public key that is none, or on another curve, without a text (recorded)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const good = peer('prime256v1').PublicKey
  const offCurve = Buffer.from(good)
  offCurve[good.length - 1] = (good[good.length - 1] as number) ^ 1
  const rsa = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' })
  for (const PublicKey of [Buffer.of(1), peer('secp384r1').PublicKey, peer('secp256k1').PublicKey, offCurve, rsa])
    await assert.rejects(
      w.ask('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm, PublicKey }),
      refusal('ValidationException'),
    )
  const ask = { KeyId, KeyAgreementAlgorithm, PublicKey: good }
  await assert.rejects(w.ask('DeriveSharedSecret', { ...ask, DryRun: true }), { code: 'DryRunOperationException' })
  await assert.rejects(
    w.ask('DeriveSharedSecret', { ...ask, Recipient: { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } }),
    refusal('ValidationException', 'Recipient is not supported.'),
  )
})

test('DeriveSharedSecret needs a key for it', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  await assert.rejects(
    w.ask('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm, PublicKey: peer('prime256v1').PublicKey }),
    refusal('InvalidKeyUsageException', `${Arn} key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.`),
  )
})
