import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, world } from '../test/world.ts'

test('GenerateDataKey gives a key of the size that was asked for, and its ciphertext opens to it', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const EncryptionContext = { a: 'b' }
  const sizes: readonly (readonly [object, number])[] = [
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
  ]
  for (const [asked, size] of sizes) {
    const out = await w.ask('GenerateDataKey', { KeyId, EncryptionContext, ...asked })
    assert.deepEqual(
      [out.KeyId, out.Plaintext.length, out.CiphertextBlob.length],
      [Arn, size, size === 32 ? 102 : size + 118],
    )
    const back = await w.ask('Decrypt', { CiphertextBlob: out.CiphertextBlob, EncryptionContext })
    assert.deepEqual([back.Plaintext, back.KeyMaterialId], [out.Plaintext, out.KeyMaterialId])
  }
})

test('GenerateDataKey never gives the same key twice', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const keys = new Set<string>()
  for (let i = 0; i < 50; i++)
    keys.add((await w.ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })).Plaintext.toString('hex'))
  assert.equal(keys.size, 50)
})

test('GenerateDataKey wants exactly one of spec and size, before it looks for the key (kms.md 4.1)', async () => {
  await using w = await world()
  const refused = refusal('ValidationException', 'Please specify either number of bytes or key spec.')
  await assert.rejects(w.ask('GenerateDataKey', { KeyId: 'alias/none' }), refused)
  await assert.rejects(
    w.ask('GenerateDataKey', { KeyId: 'alias/none', KeySpec: 'AES_256', NumberOfBytes: 32 }),
    refused,
  )
  await assert.rejects(w.ask('GenerateDataKey', { KeyId: 'alias/none', KeySpec: 'AES_256', Recipient: {} }), {
    code: 'ValidationException',
  })
})

test('GenerateDataKey on a disabled key, on one pending deletion, and in a dry run', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const generate = (more = {}) => w.ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...more })
  await assert.rejects(generate({ DryRun: true }), { code: 'DryRunOperationException' })
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(generate(), refusal('DisabledException', `${Arn} is disabled.`))
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(generate(), refusal('KMSInvalidStateException', `${Arn} is pending deletion.`))
})
