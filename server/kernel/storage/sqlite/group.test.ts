import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#kernel/clock'
import { type Storage, statement, type Unit } from '#kernel/storage/storage'
import { openSqlite } from './sqlite.ts'

/* Write units that wait for each other share one transaction: what holds for each must hold all the same. */

const migrations = [
  {
    name: 'test/0001-group',
    sql: `
create table parent (id text not null primary key);
create table child (
  id text not null primary key,
  parent text not null references parent (id) deferrable initially deferred
);
`,
  },
]
const addParent = statement('group/parent', 'insert into parent (id) values (:id)')
const addChild = statement('group/child', 'insert into child (id, parent) values (:id, :parent)')
const parents = statement('group/parents', 'select id from parent order by id')

const open = () => openSqlite({ file: ':memory:', migrations, clock: systemClock })

const idsIn = async (unit: Unit) => (await unit.all<{ id: string }>(parents, {})).map(({ id }) => id)
const ids = (storage: Storage) => storage.unit('read', idsIn)

/** A write unit that adds a parent, after letting others queue up behind it. */
const add = (storage: Storage, id: string, more: (unit: Unit) => Promise<unknown> = async () => undefined) =>
  storage.unit('write', async (unit) => {
    await new Promise(setImmediate)
    await unit.run(addParent, { id })
    await more(unit)
    return id
  })

test('a unit that fails in a group takes back its own change only', async () => {
  const storage = await open()
  const outcomes = await Promise.allSettled([
    add(storage, 'a'),
    add(storage, 'b', () => Promise.reject(new Error('not b'))),
    add(storage, 'c'),
    add(storage, 'a'),
    add(storage, 'd'),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(await ids(storage), ['a', 'c', 'd'])
  await storage.close()
})

test('the first unit of a group may fail, and the others come to be', async () => {
  const storage = await open()
  const outcomes = await Promise.allSettled([
    add(storage, 'a', () => Promise.reject(new Error('not a'))),
    add(storage, 'b'),
    add(storage, 'c'),
  ])
  assert.equal(outcomes[0]?.status, 'rejected')
  assert.deepEqual(await ids(storage), ['b', 'c'])
  await storage.close()
})

test('units of a group see each other in their order; a reader between them sees what is committed', async () => {
  const storage = await open()
  const seen: string[][] = []
  const look = async (unit: Unit) => seen.push(await idsIn(unit))
  await Promise.all([
    add(storage, 'a', look),
    add(storage, 'b', look),
    storage.unit('read', look),
    add(storage, 'c', look),
  ])
  assert.deepEqual(seen, [['a'], ['a', 'b'], ['a', 'b'], ['a', 'b', 'c']])
  await storage.close()
})

test('no unit of a group is answered before the commit, and what comes after a commit runs in order', async () => {
  const storage = await open()
  const order: string[] = []
  const noted = (id: string) =>
    add(storage, id, async (unit) => {
      order.push(`ran ${id}`)
      unit.afterCommit(() => order.push(`committed ${id}`))
    }).then(() => order.push(`answered ${id}`))
  await Promise.all([noted('a'), noted('b'), noted('c')])
  assert.deepEqual(order.slice(0, 6), ['ran a', 'ran b', 'ran c', 'committed a', 'committed b', 'committed c'])
  assert.deepEqual(order.slice(6).toSorted(), ['answered a', 'answered b', 'answered c'])
  await storage.close()
})

test('a commit that fails fails all units of its group, leaves nothing of them, and makes what was kept stale', async () => {
  const storage = await open()
  await add(storage, 'before')
  const generation = storage.generation('iam')
  let within = 0
  const committed: string[] = []
  const outcomes = await Promise.allSettled([
    add(storage, 'a', async (unit) => {
      unit.touch('iam')
      unit.afterCommit(() => committed.push('a'))
    }),
    // a foreign key that is looked at when the transaction ends
    add(storage, 'b', async (unit) => {
      within = unit.generation('iam')
      await unit.run(addChild, { id: 'x', parent: 'nobody' })
    }),
    add(storage, 'c'),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  assert.deepEqual(committed, [])
  assert.ok(within > generation, 'the second unit sees what the first changed, so it must not use what was kept')
  assert.ok(storage.generation('iam') > within, 'what the second unit kept is of a state that never was')
  assert.deepEqual(await ids(storage), ['before'])
  assert.equal(await add(storage, 'after'), 'after')
  assert.deepEqual(await ids(storage), ['after', 'before'])
  await storage.close()
})

test('a thousand units at once all come to be, in more than one group', async () => {
  const storage = await open()
  await Promise.all(Array.from({ length: 1000 }, (_, n) => add(storage, String(n).padStart(4, '0'))))
  assert.equal((await ids(storage)).length, 1000)
  await storage.close()
})
