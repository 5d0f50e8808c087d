import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#kernel/clock'
import { contractMigrations, storageContract } from '#kernel/storage/contract'
import { Fault, faulty } from '#kernel/storage/faulty'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'

const open = async (migrations = contractMigrations) =>
  faulty(await openSqlite({ file: ':memory:', migrations, clock: systemClock }))

storageContract('faulty store without a fault', { restarts: false, nodes: false }, async (migrations) => {
  const storage = await open(migrations)
  return { storage, again: open, [Symbol.asyncDispose]: () => storage.close() }
})

const insert = statement('test/insert', "insert into item (account, name) values ('1', :name)")
const count = statement('test/count', 'select count(*) as n from item')

test('a fault at any step of a unit leaves all of it or nothing, and is told', async () => {
  for (const kind of ['error', 'lost', 'conflict'] as const)
    for (let at = 1; at <= 4; at++) {
      const storage = await open()
      let runs = 0
      storage.failAt(at, kind)
      const outcome = await storage
        .unit('write', async (unit) => {
          runs++
          await unit.run(insert, { name: 'a' })
          await unit.run(insert, { name: 'b' })
        })
        .then(() => storage.durable())
        .then(
          () => 'done',
          (error: unknown) => (error instanceof Fault ? 'fault' : error),
        )
      const left = await storage.unit('read', async (unit) => (await unit.get<{ n: number }>(count, {}))?.n)
      const kept = at === 4 || (at === 3 && kind === 'lost') || kind === 'conflict'
      assert.deepEqual(
        { outcome, left, runs },
        {
          outcome: kind === 'conflict' && at < 4 ? 'done' : 'fault',
          left: kept ? 2 : 0,
          runs: kind === 'conflict' && at < 4 ? 2 : 1,
        },
        `${kind} at ${at}`,
      )
      await storage.close()
    }
})
