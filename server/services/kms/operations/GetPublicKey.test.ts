import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { refusal, world } from '../test/world.ts'

test('GetPublicKey gives SubjectPublicKeyInfo and what the key is for (kms.md 16.1)', async () => {
  await using w = await world()
  const kinds: readonly (readonly [string, string, object, object])[] = [
    [
      'RSA_2048',
      'ENCRYPT_DECRYPT',
      { EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'], CustomerMasterKeySpec: 'RSA_2048' },
      { type: 'rsa', modulusLength: 2048, publicExponent: 65537n },
    ],
    [
      'ECC_NIST_P521',
      'KEY_AGREEMENT',
      { KeyAgreementAlgorithms: ['ECDH'], CustomerMasterKeySpec: 'ECC_NIST_P521' },
      { type: 'ec', namedCurve: 'secp521r1' },
    ],
    [
      'ECC_SECG_P256K1',
      'SIGN_VERIFY',
      { SigningAlgorithms: ['ECDSA_SHA_256'], CustomerMasterKeySpec: 'ECC_SECG_P256K1' },
      { type: 'ec', namedCurve: 'secp256k1' },
    ],
    // The older member does not list the newer specs (kms.md 17, 18).
    [
      'ECC_NIST_EDWARDS25519',
      'SIGN_VERIFY',
      { SigningAlgorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'], CustomerMasterKeySpec: undefined },
      { type: 'ed25519' },
    ],
    [
      'ML_DSA_65',
      'SIGN_VERIFY',
      { SigningAlgorithms: ['ML_DSA_SHAKE_256'], CustomerMasterKeySpec: undefined },
      { type: 'ml-dsa-65' },
    ],
  ]
  for (const [KeySpec, KeyUsage, algorithms, shape] of kinds) {
    const { KeyId, Arn } = await w.key({ KeySpec, KeyUsage })
    await w.ask('CreateAlias', { AliasName: `alias/${KeySpec}`, TargetKeyId: KeyId })
    const { PublicKey, ...rest } = await w.ask('GetPublicKey', { KeyId: `alias/${KeySpec}` })
    assert.deepEqual(rest, { KeyId: Arn, KeySpec, KeyUsage, ...algorithms })
    const key = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' })
    assert.deepEqual({ type: key.asymmetricKeyType, ...key.asymmetricKeyDetails }, shape)
  }
})

test('GetPublicKey of a key without a public half: no text (recorded for symmetric keys)', async () => {
  await using w = await world()
  const keys = [await w.key(), await w.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })]
  for (const { KeyId } of keys)
    await assert.rejects(w.ask('GetPublicKey', { KeyId }), refusal('UnsupportedOperationException'))
})

test('GetPublicKey of a disabled key is refused (kms.md 11)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  await w.ask('GetPublicKey', { KeyId })
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(w.ask('GetPublicKey', { KeyId }), refusal('DisabledException', `${Arn} is disabled.`))
})
