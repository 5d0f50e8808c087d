import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

test('GenerateRandom answers as many bytes as asked for, never the same (kms.md 4.1)', async () => {
  await using w = await world()
  const bytes = async (NumberOfBytes: number): Promise<Buffer> =>
    (await w.ask('GenerateRandom', { NumberOfBytes })).Plaintext
  for (const size of [1, 32, 1024]) assert.equal((await bytes(size)).length, size)
  assert.notDeepEqual(await bytes(32), await bytes(32))
})

test('GenerateRandom: no size (recorded), a store or enclave of one’s own, permission', async () => {
  await using w = await world()
  const ask = (input: object, statements?: object[]) =>
    w.ask('GenerateRandom', input, statements === undefined ? {} : { caller: user('ann', statements) })
  await assert.rejects(ask({}), refusal('ValidationException', 'NumberOfBytes is required.'))
  await assert.rejects(ask({ NumberOfBytes: 8, CustomKeyStoreId: 'cks-1' }), { code: 'UnsupportedOperationException' })
  await assert.rejects(ask({ NumberOfBytes: 8, Recipient: {} }), { code: 'ValidationException' })
  await assert.rejects(ask({ NumberOfBytes: 8 }, []), { code: 'AccessDeniedException' })
  await ask({ NumberOfBytes: 8 }, [allow('kms:GenerateRandom')])
})
