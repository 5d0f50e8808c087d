import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '#kernel/call'
import { RowForged, rowMac } from '#kernel/sealing/row-mac'
import type { Value } from '#kernel/storage/storage'
import type { KeyRow } from './store.sql.ts'
import { ACCOUNT, admin, root, user, world } from './test/world.ts'

// Somebody who can write the database and has no seal changes who may use a key, or which key is used.

type World = Awaited<ReturnType<typeof world>>

const forged = (error: unknown) => error instanceof RowForged

/** Writes past the server. */
function write(w: World, sql: string, parameters: Record<string, Value> = {}): Promise<number> {
  return w.storage.unit('write', async (unit) => {
    unit.touch('kms')
    return unit.run({ name: `test/${sql}`, sql }, parameters)
  })
}

const open = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' },
})

const FORGED: Readonly<Record<string, string>> = {
  'a key policy exchanged': `update kms_key set policy = :open where :open <> ''`,
  'a disabled key enabled': `update kms_key set state = 'Enabled' where :open <> ''`,
  'its principals exchanged': `update kms_key set policy_principals = '[["x","y"]]' where :open <> ''`,
  'tags changed': `update kms_key set tags = '[["team","red"]]' where :open <> ''`,
  'a deletion put off': `update kms_key set deletion_at = 9999999999999 where :open <> ''`,
  'an alias added to it': `insert into kms_alias (account, region, name, key_id, created_at, updated_at, mac)
    select account, region, 'alias/mine', id, 0, 0, mac from kms_key where :open <> ''`,
}

for (const [said, sql] of Object.entries(FORGED)) {
  test(`${said}: nobody uses the key, nor changes it`, async () => {
    await using w = await world()
    const { KeyId } = await w.key()
    const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
    await w.ask('DisableKey', { KeyId })
    assert.ok((await write(w, sql, { open })) > 0)
    for (const caller of [user('low'), admin()]) {
      await assert.rejects(w.ask('Decrypt', { CiphertextBlob }, { caller }), forged)
      await assert.rejects(w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') }, { caller }), forged)
      await assert.rejects(
        w.through((keys) => keys.generateDataKey(KeyId, {}), { caller }),
        forged,
      )
      await assert.rejects(w.ask('EnableKey', { KeyId }, { caller }), forged)
    }
  })
}

test('an alias led to another key is an error, not the other key', async () => {
  await using w = await world()
  const [one, two] = [await w.key(), await w.key()]
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: one.KeyId })
  await write(w, `update kms_alias set key_id = :id where name = 'alias/app'`, { id: two.KeyId })
  await assert.rejects(w.ask('Encrypt', { KeyId: 'alias/app', Plaintext: Buffer.from('x') }), forged)
  // The key that was not touched goes on.
  await w.ask('Encrypt', { KeyId: one.KeyId, Plaintext: Buffer.from('x') })
})

test('a forged key is not made right by a change of its state, even with the right one in memory', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await w.ask('DescribeKey', { KeyId })
  // No word to the caches: the change is made with the key as it was read before.
  await w.storage.unit('write', (unit) =>
    unit.run({ name: 'test/quiet', sql: 'update kms_key set policy = :open' }, { open }),
  )
  await assert.rejects(w.ask('DisableKey', { KeyId }), forged)
})

test('keys stay right through every change that the server makes', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ Tags: [{ TagKey: 'team', TagValue: 'red' }] })
  const state = async () => (await w.ask('DescribeKey', { KeyId })).KeyMetadata.KeyState
  await w.ask('DisableKey', { KeyId })
  assert.equal(await state(), 'Disabled')
  await w.ask('EnableKey', { KeyId })
  assert.equal(await state(), 'Enabled')
  await w.ask('ScheduleKeyDeletion', { KeyId })
  assert.equal(await state(), 'PendingDeletion')
  await w.ask('CancelKeyDeletion', { KeyId })
  assert.equal(await state(), 'Disabled')
  await w.through((keys) => keys.generateDataKey(undefined, {}), { caller: admin(ACCOUNT) })
})

test('a key from before principals were bound is right as it was written, and goes on by the names in its policy', async () => {
  await using w = await world()
  const ann = user('ann')
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: [root().arn, ann.arn] }, Action: 'kms:*', Resource: '*' },
  })
  const { KeyId } = await w.key({ Policy })
  const row = await w.storage.unit('read', (unit) =>
    unit.get<KeyRow>({ name: 'test/row', sql: 'select * from kms_key where id = :id' }, { id: KeyId }),
  )
  assert.ok(row)
  assert.equal(row.policy_principals, JSON.stringify([[ann.arn, 'AIDAann']]))
  const fields = [row.account, row.region, row.id, row.description, row.manager, row.origin, row.spec, row.usage]
  const rest = [row.state, row.created_at, row.deletion_at, row.material_id, row.policy, row.tags]
  const mac = rowMac(w.vault.macKey('kms/rows'), 'kms_key', [...fields, ...rest])
  const Plaintext = Buffer.from('x')
  const use = (caller: Caller) => w.ask('Encrypt', { KeyId, Plaintext }, { caller })
  // Whoever can write the database can't take the ids off himself.
  await write(w, 'update kms_key set policy_principals = null where id = :id', { id: KeyId })
  await assert.rejects(use(ann), forged)
  await write(w, 'update kms_key set mac = :mac where id = :id', { mac, id: KeyId })
  await use(ann)
  await use({ ...ann, userId: 'AIDAsecond' })
  await w.ask('DisableKey', { KeyId })
  await w.ask('EnableKey', { KeyId })
  await use(ann)
  // Nor give some to a key that has none.
  await write(w, `update kms_key set policy_principals = '[["x","y"]]' where id = :id`, { id: KeyId })
  await assert.rejects(use(ann), forged)
})
