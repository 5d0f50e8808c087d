import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

const EncryptionContext = { app: 'a' }

test('GenerateDataKeyPair gives PKCS#8 and SPKI, and a blob that opens with the same context only (kms.md 16.1)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  for (const KeyPairSpec of [
    'RSA_2048',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'ECC_NIST_EDWARDS25519',
  ]) {
    const out = await w.ask('GenerateDataKeyPair', { KeyId, KeyPairSpec, EncryptionContext })
    assert.deepEqual([out.KeyId, out.KeyPairSpec], [Arn, KeyPairSpec])
    const privateKey = createPrivateKey({ key: out.PrivateKeyPlaintext, format: 'der', type: 'pkcs8' })
    assert.deepEqual(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }), out.PublicKey)
    const CiphertextBlob = out.PrivateKeyCiphertextBlob
    const opened = await w.ask('Decrypt', { CiphertextBlob, EncryptionContext })
    assert.deepEqual([opened.Plaintext, opened.KeyMaterialId], [out.PrivateKeyPlaintext, out.KeyMaterialId])
    await assert.rejects(w.ask('Decrypt', { CiphertextBlob }), refusal('InvalidCiphertextException'))
  }
})

test('GenerateDataKeyPair needs a symmetric key; SM2 is refused; nothing is made in a dry run', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const rsa = await w.key({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const p256 = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const ask = (keyId: string, more = {}) =>
    w.ask('GenerateDataKeyPair', { KeyId: keyId, KeyPairSpec: 'ECC_NIST_P256', ...more })
  await assert.rejects(
    ask(rsa.KeyId),
    refusal('InvalidKeyUsageException', 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.'),
  )
  await assert.rejects(
    ask(p256.KeyId),
    refusal(
      'InvalidKeyUsageException',
      `${p256.Arn} key usage is SIGN_VERIFY which is not valid for GenerateDataKeyPair.`,
    ),
  )
  await assert.rejects(
    ask(KeyId, { KeyPairSpec: 'SM2' }),
    refusal('UnsupportedOperationException', 'KeyPairSpec SM2 is not supported.'),
  )
  await assert.rejects(ask(KeyId, { DryRun: true, KeyPairSpec: 'RSA_4096' }), { code: 'DryRunOperationException' })
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(ask(KeyId, { KeyPairSpec: 'RSA_4096' }), refusal('DisabledException', `${Arn} is disabled.`))
})

test('GenerateDataKeyPair: spec of the pair and context are conditions (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const Condition = { StringEquals: { 'kms:DataKeyPairSpec': 'ECC_NIST_P256', 'kms:EncryptionContext:app': 'a' } }
  const caller = user('u', [allow('kms:GenerateDataKeyPair', '*', { Condition })])
  const ask = (more: object) =>
    w.ask('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256', EncryptionContext, ...more }, { caller })
  await ask({})
  await assert.rejects(ask({ KeyPairSpec: 'ECC_NIST_P384' }), { code: 'AccessDeniedException' })
  await assert.rejects(ask({ EncryptionContext: {} }), { code: 'AccessDeniedException' })
})
