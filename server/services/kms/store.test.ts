import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SealBroken } from '#kernel/sealing/broken'
import { RowForged } from '#kernel/sealing/row-mac'
import { statement } from '#kernel/storage/storage'
import { REGION, root, world } from './test/world.ts'

const wrappedOf = statement('test/wrapped-of', 'select wrapped from kms_material where key_id = :id')
const setWrapped = statement('test/set-wrapped', 'update kms_material set wrapped = :wrapped where key_id = :id')

test('the material of two keys swapped in the store opens neither', async () => {
  await using w = await world()
  const [a, b] = [await w.key(), await w.key()]
  const blob = (await w.ask('Encrypt', { KeyId: a.KeyId, Plaintext: Buffer.from('x') })).CiphertextBlob
  await w.storage.unit('write', async (unit) => {
    const of = async (id: string) => (await unit.get<{ wrapped: Uint8Array }>(wrappedOf, { id }))?.wrapped as Uint8Array
    const [wrappedA, wrappedB] = [await of(a.KeyId), await of(b.KeyId)]
    await unit.run(setWrapped, { id: a.KeyId, wrapped: wrappedB })
    await unit.run(setWrapped, { id: b.KeyId, wrapped: wrappedA })
    unit.touch('kms')
  })
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob: blob }), SealBroken)
  await assert.rejects(w.ask('Encrypt', { KeyId: b.KeyId, Plaintext: Buffer.from('x') }), SealBroken)
})

test('material that is given to another account in the store opens nothing there', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const move = (table: string, column: string) =>
    statement(`test/move-${table}`, `update ${table} set account = :account where ${column} = :id`)
  await w.storage.unit('write', async (unit) => {
    await unit.run(move('kms_key', 'id'), { account: '444455556666', id: KeyId })
    await unit.run(move('kms_material', 'key_id'), { account: '444455556666', id: KeyId })
    unit.touch('kms')
  })
  await assert.rejects(
    w.storage.unit('read', async (unit) => {
      const { keys } = w.service.env(unit, w.call({}))
      const moved = await keys.key({ account: '444455556666', region: REGION }, KeyId)
      assert(moved !== undefined)
      return keys.current(moved)
    }),
    RowForged,
  )
})

test('a key that was changed in a unit which failed is as before, also in memory', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await assert.rejects(
    w.storage.unit('write', async (unit) => {
      const call = w.call({})
      const env = w.service.env(unit, call)
      const key = await env.keys.key(call, KeyId)
      assert(key !== undefined)
      await env.keys.change(key, { state: 'Disabled' })
      // Read again in the same unit: the change is seen here, and kept for nobody else.
      assert.equal((await env.keys.key(call, KeyId))?.state, 'Disabled')
      throw new Error('after the change')
    }),
    /after the change/,
  )
  assert.equal((await w.ask('DescribeKey', { KeyId })).KeyMetadata.KeyState, 'Enabled')
})

test('neither material nor plaintext lies in the database file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-kms-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'store.db')
  await using w = await world({ file })
  const { KeyId } = await w.key()
  const canary = Buffer.from('canary-7d1f0c')
  const dataKey = await w.through((keys) => keys.generateDataKey(KeyId, { a: 'b' }), { caller: root(), region: REGION })
  await w.ask('Encrypt', { KeyId, Plaintext: canary })
  await w.storage.durable()
  const bytes = Buffer.concat([await readFile(file), await readFile(`${file}-wal`)])
  assert(bytes.includes(KeyId), 'the key is in the file')
  for (const secret of [canary, dataKey.plaintext]) assert(!bytes.includes(secret))
})
