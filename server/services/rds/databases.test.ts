import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { RowForged } from '#kernel/sealing/row-mac'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { statement } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import type { Database } from './model/database.ts'
import { ACCOUNT, MIGRATIONS, REGION, Trial, trial } from './test/trial.ts'

const cell = { account: ACCOUNT, region: REGION }

/** What must hold on both engines. */
async function walk(t: Trial): Promise<void> {
  // an order by locale would put the hyphen elsewhere
  for (const id of ['ab', 'a-c', 'a1', 'b', 'a']) await t.register('instance', id, { engine: 'mysql' })
  await t.register('cluster', 'a', { engine: 'aurora-mysql', readerHost: 'A-RO.example.com' })
  await t.register('instance', 'm2', { engine: 'aurora-mysql', cluster: 'a' })
  await t.register('instance', 'm1', { engine: 'aurora-mysql', cluster: 'a', writer: true })
  await t.register('instance', 'r', { engine: 'mysql', replicaOf: 'b', aliases: ['r.internal', '10.0.0.7'] })
  await t.storage.unit('read', async (unit) => {
    const databases = t.rds.databases(unit)
    const ids = (found: readonly Database[]) => found.map(({ kind, id }) => `${kind} ${id}`)
    const page = await databases.page(cell, 'instance', 'a', 3)
    assert.deepEqual(ids(page), ['instance a-c', 'instance a1', 'instance ab'])
    assert.deepEqual(ids(await databases.members({ ...cell, kind: 'cluster', id: 'a' })), [
      'instance m1',
      'instance m2',
    ])
    assert.deepEqual(ids(await databases.replicas({ ...cell, kind: 'instance', id: 'b' })), ['instance r'])
    assert.deepEqual(ids(await databases.byHost(cell, 'a-ro.EXAMPLE.com')), ['cluster a'])
    assert.deepEqual(ids(await databases.byHost(cell, 'a.example.com')), ['cluster a', 'instance a'])
    assert.deepEqual(ids(await databases.byHost(cell, 'R.internal')), ['instance r'])
    assert.deepEqual(await databases.byHost({ ...cell, account: '444455556666' }, 'r.internal'), [])
    const found = await databases.find({ ...cell, kind: 'instance', id: 'r' })
    assert.deepEqual(
      [found?.port, found?.replicaOf, found?.aliases, found?.writer, found?.secretArn],
      [3306, 'b', ['r.internal', '10.0.0.7'], false, undefined],
    )
  })
  await t.call('DeleteDBInstance', { DBInstanceIdentifier: 'r' })
  await t.storage.unit('read', async (unit) => {
    assert.deepEqual(await t.rds.databases(unit).byHost(cell, 'r.internal'), [])
  })
}

test('registered databases on SQLite', async () => {
  await using t = await trial()
  await walk(t)
})

test('registered databases on PostgreSQL', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  const url = await postgres.database()
  await using t = new Trial(
    await openPostgres({ url, migrations: MIGRATIONS, clock: systemClock, random: systemRandom }),
  )
  await walk(t)
})

test('a row that this server did not write decides nothing', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', { ca: undefined }, 'the-first-one')
  await t.register('instance', 'other', {}, 'the-other-one')
  const changes = [
    `host = 'evil.example.com'`,
    'port = 1',
    `aliases = '["evil.example.com"]'`,
    `ca = 'x'`,
    `replica_of = 'x'`,
    `tags = '[["a","b"]]'`,
    `secret_arn = 'arn'`,
    `password = (select password from registered_database where id = 'other')`,
  ]
  for (const [at, change] of changes.entries()) {
    const work = t.storage.unit('write', async (unit) => {
      await unit.run(statement(`test/forge-${at}`, `update registered_database set ${change} where id = 'shop'`), {})
      await t.rds.databases(unit).find({ ...cell, kind: 'instance', id: 'shop' })
    })
    await assert.rejects(work, (error) => error instanceof RowForged && error.message.includes('instance shop'))
  }
})

test('a host in the index that its row does not have finds nothing', async () => {
  await using t = await trial()
  await t.register('instance', 'shop')
  await t.storage.unit('write', async (unit) => {
    const row = { ...cell, kind: 'instance', id: 'shop' }
    await unit.run(
      statement(
        'test/host',
        `insert into registered_host (account, region, host, kind, id)
      values (:account, :region, 'evil.example.com', :kind, :id)`,
      ),
      row,
    )
    assert.deepEqual(await t.rds.databases(unit).byHost(cell, 'evil.example.com'), [])
  })
})

test('a password is bound to its database: no other one opens it', async () => {
  await using t = await trial()
  const shop = await t.register('instance', 'shop', {}, 'the-first-one')
  await t.storage.unit('read', async (unit) => {
    const { passwords } = t.rds.env(unit, t.request())
    assert.equal(passwords.open(shop, shop.password as Uint8Array).reveal(), 'the-first-one')
    const again = passwords.wrap(shop, new Secret('x'))
    assert.throws(() => passwords.open({ ...shop, resourceId: 'db-0' }, again))
    assert.throws(() => passwords.open({ ...shop, id: 'other' }, again))
  })
})
