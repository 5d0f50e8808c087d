import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { SealBroken } from '#kernel/sealing/broken'
import { RowForged } from '#kernel/sealing/row-mac'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'
import { allMigrations, REGION, root, world } from './test/world.ts'

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

test('keys that AWS manages and were made before keys rotated get their yearly rotation with the upgrade', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'strongroom-kms-'))
  const file = join(directory, 'store.db')
  const clock = new SettableClock(Date.UTC(2026, 0, 1))
  const before = allMigrations.filter(({ name }) => !name.startsWith('kms/') || name < 'kms/0003')
  const add = statement(
    'test/add-key',
    `insert into kms_key (account, region, id, description, manager, origin, spec, usage, state, created_at, material_id,
       policy, tags, mac) values (:account, 'us-east-1', :id, '', :manager, 'AWS_KMS', 'SYMMETRIC_DEFAULT',
       'ENCRYPT_DECRYPT', 'Enabled', 1000, '', '', '[]', :mac)`,
  )
  try {
    const old = await openSqlite({ file, migrations: before, clock })
    await old.unit('write', async (unit) => {
      for (const [id, manager] of [
        ['managed', 'AWS'],
        ['own', 'CUSTOMER'],
      ] as const)
        await unit.run(add, { account: '111122223333', id, manager, mac: Buffer.alloc(32) })
    })
    await old.close()
    const upgraded = await openSqlite({ file, migrations: allMigrations, clock })
    const jobs = await upgraded.unit('read', (unit) =>
      unit.all(statement('test/jobs', 'select kind, key, due_at, payload from job'), {}),
    )
    await upgraded.close()
    const year = 365 * 86_400_000
    assert.deepEqual(jobs, [
      {
        kind: 'kms/rotate-key',
        key: 'arn:aws:kms:us-east-1:111122223333:key/managed',
        due_at: 1000 + year,
        payload: '{"account":"111122223333","region":"us-east-1","id":"managed"}',
      },
    ])
  } finally {
    await rm(directory, { recursive: true })
  }
})
