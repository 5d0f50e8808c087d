import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { memorySeal } from '#kernel/sealing/seal'
import { tablesOf } from '#kernel/storage/migration'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'
import { migrations } from './assembly/schema.ts'
import { bootstrap } from './services/iam/accounts.ts'
import { start } from './test/start.ts'

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
  await assert.rejects(openVault(opening), {
    message: /^the store has rows in account, and the keys /,
    hint: /^restore/,
  })
  await storage.close()
})

test('health tells why the store takes no writes', async () => {
  await using server = await start()
  const { inside } = server
  assert.deepEqual(await inside.health(), { ready: true, reasons: [] })
  const ill = { healthy: async () => false, trouble: 'the store cannot be written: its disk is full' }
  for (const [name, value] of Object.entries(ill)) Object.defineProperty(inside.storage, name, { value })
  assert.deepEqual(await inside.health(), { ready: false, reasons: [ill.trouble] })
  const answer = await fetch(`${server.url}/_strongroom/health`)
  assert.equal(answer.status, 503)
  assert.match(await answer.text(), /its disk is full/)
})
