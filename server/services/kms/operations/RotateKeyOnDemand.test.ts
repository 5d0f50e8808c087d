import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, allow, refusal, user, world } from '../test/world.ts'

const Plaintext = Buffer.from('x')

test('RotateKeyOnDemand: what was encrypted with any of the materials opens, and says with which (kms.md 18, 4)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const encrypted = []
  for (let i = 0; i < 4; i++) {
    const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext, EncryptionContext: { i: String(i) } })
    const { CurrentKeyMaterialId } = (await w.ask('DescribeKey', { KeyId })).KeyMetadata
    encrypted.push({ CiphertextBlob, CurrentKeyMaterialId })
    if (i < 3) assert.deepEqual(await w.ask('RotateKeyOnDemand', { KeyId: Arn }), { KeyId: Arn })
  }
  assert.equal(new Set(encrypted.map((each) => each.CurrentKeyMaterialId)).size, 4)
  for (const [i, { CiphertextBlob, CurrentKeyMaterialId }] of encrypted.entries()) {
    const EncryptionContext = { i: String(i) }
    const out = await w.ask('Decrypt', { CiphertextBlob, EncryptionContext })
    assert.deepEqual([out.Plaintext, out.KeyId, out.KeyMaterialId], [Plaintext, Arn, CurrentKeyMaterialId])
  }
  const { KeyMaterialId } = await w.ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
  assert.equal(KeyMaterialId, encrypted[3]?.CurrentKeyMaterialId)
})

test('RotateKeyOnDemand: 25 times, and not a 26th (kms.md 6, recorded)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  for (let i = 0; i < 25; i++) await w.ask('RotateKeyOnDemand', { KeyId })
  await assert.rejects(
    w.ask('RotateKeyOnDemand', { KeyId }),
    refusal(
      'LimitExceededException',
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${Arn}`,
    ),
  )
  assert.equal((await w.ask('ListKeyRotations', { KeyId })).Rotations.length, 25)
})

test('RotateKeyOnDemand: states, kinds of keys, keys that AWS manages (kms.md 6, 11, 13.1)', async () => {
  await using w = await world()
  const rotate = (KeyId: string, caller = admin()) => w.ask('RotateKeyOnDemand', { KeyId }, { caller })
  const { KeyId, Arn } = await w.key()
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(rotate(KeyId), refusal('DisabledException', `${Arn} is disabled.`))
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(rotate(KeyId), refusal('KMSInvalidStateException', `${Arn} is pending deletion.`))
  const mac = await w.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  await assert.rejects(rotate(mac.KeyId), refusal('UnsupportedOperationException'))
  const { keyArn } = await w.through((keys) => keys.generateDataKey(undefined, {}))
  await assert.rejects(rotate(keyArn), { code: 'AccessDeniedException' })
  const other = await w.key()
  await assert.rejects(rotate(other.KeyId, user('ann')), { code: 'AccessDeniedException' })
  await rotate(other.KeyId, user('ann', [allow('kms:RotateKeyOnDemand', other.Arn)]))
})

test('what a service encrypted before a rotation it reads after it', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const before = await w.through((keys) => keys.generateDataKey(KeyId, { a: '1' }))
  await w.ask('RotateKeyOnDemand', { KeyId })
  const after = await w.through((keys) => keys.generateDataKey(KeyId, { a: '1' }))
  for (const { plaintext, blob } of [before, after]) {
    const opened = await w.through((keys) => keys.decrypt(blob, { a: '1' }), { effect: 'read' })
    assert.deepEqual(opened.plaintext, plaintext)
  }
})
