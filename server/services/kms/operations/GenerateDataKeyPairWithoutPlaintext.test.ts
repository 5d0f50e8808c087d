import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { allow, user, world } from '../test/world.ts'

test('GenerateDataKeyPairWithoutPlaintext gives the private half encrypted only, and has a permission of its own', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const asked = { KeyId, KeyPairSpec: 'ECC_NIST_P256' }
  const caller = user('u', [allow('kms:GenerateDataKeyPairWithoutPlaintext')])
  const out = await w.ask('GenerateDataKeyPairWithoutPlaintext', asked, { caller })
  assert.deepEqual(Object.keys(out).sort(), [
    'KeyId',
    'KeyMaterialId',
    'KeyPairSpec',
    'PrivateKeyCiphertextBlob',
    'PublicKey',
  ])
  assert.equal(out.KeyId, Arn)
  const { Plaintext } = await w.ask('Decrypt', { CiphertextBlob: out.PrivateKeyCiphertextBlob })
  const privateKey = createPrivateKey({ key: Plaintext, format: 'der', type: 'pkcs8' })
  assert.deepEqual(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }), out.PublicKey)
  await assert.rejects(w.ask('GenerateDataKeyPair', asked, { caller }), { code: 'AccessDeniedException' })
})
