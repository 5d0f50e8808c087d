import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bring } from '../test/importing.ts'
import { refusal, world } from '../test/world.ts'

const SECRET = Buffer.alloc(32, 7)

test('DeleteImportedKeyMaterial stops the key at once; nothing of the bytes stays in the store (kms.md 16.3)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ Origin: 'EXTERNAL' })
  const { KeyMaterialId } = await bring(w, KeyId, SECRET)
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  assert.deepEqual(await w.ask('DeleteImportedKeyMaterial', { KeyId }), { KeyId: Arn, KeyMaterialId })
  const { KeyMetadata } = await w.ask('DescribeKey', { KeyId })
  // The id is still told (recorded).
  assert.deepEqual([KeyMetadata.KeyState, KeyMetadata.CurrentKeyMaterialId], ['PendingImport', KeyMaterialId])
  const pending = refusal('KMSInvalidStateException', `${Arn} is pending import.`)
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }), pending)
  await assert.rejects(w.ask('EnableKey', { KeyId }), pending)
  const kept = await w.storage.unit('read', (unit) =>
    unit.all<{ size: number }>({ name: 'test/wrapped', sql: 'select length(wrapped) as size from kms_material' }, {}),
  )
  assert.deepEqual(
    kept.map(({ size }) => Number(size)),
    [0],
  )
  // Again: no effect (kms.md 11).
  assert.deepEqual(await w.ask('DeleteImportedKeyMaterial', { KeyId }), { KeyId: Arn, KeyMaterialId })
})

test('DeleteImportedKeyMaterial of a key that never had any, of one that makes its own (text recorded), of unknown', async () => {
  await using w = await world()
  const never = await w.key({ Origin: 'EXTERNAL' })
  assert.deepEqual(await w.ask('DeleteImportedKeyMaterial', { KeyId: never.KeyId }), { KeyId: never.Arn })
  await assert.rejects(w.ask('DeleteImportedKeyMaterial', { KeyId: never.KeyId, KeyMaterialId: 'a'.repeat(64) }), {
    code: 'NotFoundException',
  })
  const own = await w.key()
  await assert.rejects(
    w.ask('DeleteImportedKeyMaterial', { KeyId: own.KeyId }),
    refusal('UnsupportedOperationException', `${own.Arn} origin is AWS_KMS which is not valid for this operation.`),
  )
})

test('DeleteImportedKeyMaterial while the key waits for its deletion; taken back, it waits for its material', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ Origin: 'EXTERNAL' })
  await bring(w, KeyId, SECRET)
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await w.ask('DeleteImportedKeyMaterial', { KeyId })
  const state = async () => (await w.ask('DescribeKey', { KeyId })).KeyMetadata.KeyState
  assert.equal(await state(), 'PendingDeletion')
  await w.ask('CancelKeyDeletion', { KeyId })
  assert.equal(await state(), 'PendingImport')
  await bring(w, KeyId, SECRET)
  assert.equal(await state(), 'Enabled')
})
