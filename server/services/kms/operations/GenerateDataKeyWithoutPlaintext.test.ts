import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

test('GenerateDataKeyWithoutPlaintext: the key comes out of Decrypt only, of each size (kms.md 4.1; 17, 8)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const EncryptionContext = { a: '1' }
  for (const [size, input] of [
    [32, { KeySpec: 'AES_256' }],
    [16, { KeySpec: 'AES_128' }],
    [1, { NumberOfBytes: 1 }],
    [32, { NumberOfBytes: 32 }],
    [1024, { NumberOfBytes: 1024 }],
  ] as const) {
    const out = await w.ask('GenerateDataKeyWithoutPlaintext', { KeyId, EncryptionContext, ...input })
    assert.deepEqual(Object.keys(out).sort(), ['CiphertextBlob', 'KeyId', 'KeyMaterialId'])
    const opened = await w.ask('Decrypt', { CiphertextBlob: out.CiphertextBlob, EncryptionContext })
    assert.deepEqual([opened.Plaintext.length, opened.KeyMaterialId, out.KeyId], [size, out.KeyMaterialId, Arn])
    assert.ok(opened.Plaintext.some((byte: number) => byte !== 0))
    await assert.rejects(
      w.ask('Decrypt', { CiphertextBlob: out.CiphertextBlob }),
      refusal('InvalidCiphertextException'),
    )
  }
})

test('GenerateDataKeyWithoutPlaintext: its own action, one size, the key’s state, DryRun (kms.md 4.1, 11)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const ask = (input: object, statements?: object[]) =>
    w.ask(
      'GenerateDataKeyWithoutPlaintext',
      { KeyId, ...input },
      statements === undefined ? {} : { caller: user('ann', statements) },
    )
  const size = refusal('ValidationException', 'Please specify either number of bytes or key spec.')
  await assert.rejects(ask({}), size)
  await assert.rejects(ask({ KeySpec: 'AES_256', NumberOfBytes: 32 }), size)
  const input = { KeySpec: 'AES_256' }
  await ask(input, [allow('kms:GenerateDataKeyWithoutPlaintext')])
  await assert.rejects(ask(input, [allow('kms:GenerateDataKey')]), { code: 'AccessDeniedException' })
  await assert.rejects(ask({ ...input, DryRun: true }), { code: 'DryRunOperationException' })
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(ask(input), refusal('DisabledException', `${Arn} is disabled.`))
})
