import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { memorySeal } from '#kernel/sealing/seal'
import { tablesOf } from '#kernel/storage/migration'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'
import { migrations } from './server.ts'
import { bootstrap } from './services/iam/accounts.ts'

const names = statement('test/names', "select name from sqlite_master where type = 'table' order by name collate bytes")
const own = ['schema_migration', 'store_generation']

test('the tables that are looked at before keys are made are all tables of the store, and empty at the first start', async () => {
  const storage = await openSqlite({ file: ':memory:', migrations, clock: new SettableClock(0) })
  const found = await storage.unit('read', (unit) => unit.all<{ name: string }>(names, {}))
  const there = found.map(({ name }) => name).filter((name) => !own.includes(name))
  assert.deepEqual(there, [...tablesOf(migrations)].sort())
  const opening = { storage, seal: memorySeal(), random: systemRandom, tables: tablesOf(migrations) }
  const vault = await openVault(opening)
  await bootstrap({ storage, vault, random: systemRandom, account: '111122223333', now: 0 })
  for (const table of ['seal', 'keyring'])
    await storage.unit('write', (unit) => unit.run(statement(`test/empty-${table}`, `delete from ${table}`), {}))
  await assert.rejects(openVault(opening), /^Error: the store has rows in account, and the keys .*\nhint: restore/)
  await storage.close()
})
