import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '#kernel/clock'
import { contractMigrations, storageContract } from '#kernel/storage/contract'
import { statement } from '#kernel/storage/storage'
import { openSqlite } from './sqlite.ts'

const clock = systemClock

function directory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

storageContract('SQLite in memory', { restarts: false, nodes: false }, async (migrations) => {
  const open = (list = migrations) => openSqlite({ file: ':memory:', migrations: list, clock })
  const storage = await open()
  return { storage, again: open, [Symbol.asyncDispose]: () => storage.close() }
})

for (const shared of [false, true])
  storageContract(`SQLite file${shared ? ', shared' : ''}`, { restarts: true, nodes: shared }, async (migrations) => {
    const place = directory()
    const file = join(place.path, 'store.db')
    const open = (list = migrations) => openSqlite({ file, migrations: list, clock, shared })
    const storage = await open()
    return {
      storage,
      again: open,
      async [Symbol.asyncDispose]() {
        await storage.close()
        place[Symbol.dispose]()
      },
    }
  })

const put = statement(
  'test/put',
  `insert into item (account, name, size, body) values ('1', :name, :size, :body)
   on conflict (account, name) do update set size = excluded.size, body = excluded.body`,
)
const grow = statement('test/grow', "update item set size = size + 1 where account = '1' and name = :name")
const find = statement('test/find', "select size from item where account = '1' and name = :name")

test('the database file, its WAL and its directory are for their owner only, also when they were open before', async () => {
  using place = directory()
  const file = join(place.path, 'made', 'store.db')
  const options = { file, migrations: contractMigrations, clock }
  await (await openSqlite(options)).close()
  chmodSync(file, 0o644)
  const storage = await openSqlite(options)
  assert.equal(statSync(join(place.path, 'made')).mode & 0o777, 0o700)
  for (const name of [file, `${file}-wal`, `${file}-shm`]) assert.equal(statSync(name).mode & 0o777, 0o600, name)
  await storage.close()
  assert.equal(existsSync(`${file}-wal`), false)
})

test('a file that is another program’s database, or none at all, is refused and left alone', async () => {
  using place = directory()
  const foreign = join(place.path, 'foreign.db')
  const database = new DatabaseSync(foreign)
  database.exec('create table theirs (x)')
  database.close()
  await assert.rejects(openSqlite({ file: foreign, migrations: contractMigrations, clock }), /not one of strongroom/)
  const text = join(place.path, 'notes.txt')
  writeFileSync(text, 'no database\n'.repeat(100))
  await assert.rejects(openSqlite({ file: text, migrations: contractMigrations, clock }), /opening .*not a database/)
  assert.equal(readFileSync(text, 'utf8'), 'no database\n'.repeat(100))
})

test('a place that can not be written is told in words', async () => {
  using place = directory()
  const file = join(place.path, 'file')
  writeFileSync(file, '')
  await assert.rejects(
    openSqlite({ file: join(file, 'store.db'), migrations: contractMigrations, clock }),
    /^StorageError: opening .*(EEXIST|ENOTDIR)/,
  )
})

test('after a flush that failed nothing is acknowledged any more', async () => {
  using place = directory()
  let failing = false
  const storage = await openSqlite({
    file: join(place.path, 'store.db'),
    migrations: contractMigrations,
    clock,
    flush: async () => {
      if (failing) throw new Error('input/output error')
    },
  })
  failing = true
  await storage.unit('write', (unit) => unit.run(put, { name: 'a', size: 1, body: null }))
  await assert.rejects(storage.durable(), /could not be flushed/)
  failing = false
  await assert.rejects(storage.durable(), /could not be flushed/)
  assert.equal(await storage.healthy(), false)
  await assert.rejects(
    storage.unit('read', async () => 1),
    /could not be flushed/,
  )
  await storage.close()
})

test('commits made during a flush share the next one', async () => {
  using place = directory()
  const flushes: PromiseWithResolvers<void>[] = []
  let held = false
  const storage = await openSqlite({
    file: join(place.path, 'store.db'),
    migrations: contractMigrations,
    clock,
    flush: () => {
      if (!held) return Promise.resolve()
      const flush = Promise.withResolvers<void>()
      flushes.push(flush)
      return flush.promise
    },
  })
  held = true
  const settled: number[] = []
  const write = async (size: number) => {
    await storage.unit('write', (unit) => unit.run(put, { name: 'a', size, body: null }))
    await storage.durable()
    settled.push(size)
  }
  // two rounds of the event loop: units commit at the end of the one they came in
  const turn = async () => {
    for (const _ of [1, 2]) await new Promise((resolve) => setImmediate(resolve))
  }
  const first = write(1)
  await turn()
  const others = [write(2), write(3), write(4)]
  await turn()
  assert.equal(flushes.length, 1)
  flushes[0]?.resolve()
  await first
  await turn()
  assert.deepEqual(settled, [1])
  assert.equal(flushes.length, 2)
  flushes[1]?.resolve()
  await Promise.all(others)
  assert.deepEqual(settled.toSorted(), [1, 2, 3, 4])
  held = false
  await storage.close()
})

test('under a steady load of writes the WAL is moved into the file beside it and stays bounded', async () => {
  using place = directory()
  const file = join(place.path, 'store.db')
  const problems: unknown[] = []
  const storage = await openSqlite({
    file,
    migrations: contractMigrations,
    clock,
    checkpointBounds: { soft: 200, hard: 800 },
    onProblem: (problem) => problems.push(problem),
  })
  const body = Buffer.alloc(8192, 7)
  let largest = 0
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < 64; i++)
      await storage.unit('write', (unit) => unit.run(put, { name: `n${i}`, size: round, body }))
    await storage.durable()
    await new Promise((resolve) => setImmediate(resolve))
    largest = Math.max(largest, statSync(`${file}-wal`).size)
  }
  const whole = 60 * 64 * 3 * 4096
  assert.ok(largest < whole / 2, `the WAL grew to ${largest} bytes of ${whole}`)
  await storage.close()
  assert.deepEqual(problems, [])
  const again = await openSqlite({ file, migrations: contractMigrations, clock })
  assert.deepEqual(await again.unit('read', (unit) => unit.get(find, { name: 'n63' })), { size: 59 })
  await again.close()
})

test('several processes on one file: no update is lost, and each sees what the others wrote', async () => {
  using place = directory()
  const file = join(place.path, 'store.db')
  const open = () => openSqlite({ file, migrations: contractMigrations, clock, shared: true })
  const stores = await Promise.all([open(), open(), open()])
  await stores[0]?.unit('write', (unit) => unit.run(put, { name: 'a', size: 0, body: null }))
  await Promise.all(
    stores.flatMap((storage) =>
      Array.from({ length: 20 }, () =>
        storage.unit('write', async (unit) => {
          await unit.run(grow, { name: 'a' })
          await new Promise((resolve) => setImmediate(resolve))
        }),
      ),
    ),
  )
  for (const storage of stores) {
    assert.deepEqual(await storage.unit('read', (unit) => unit.get(find, { name: 'a' })), { size: 60 })
    await storage.close()
  }
})

test('each commit of another process makes a new generation, whatever one’s own commits were in between', async () => {
  using place = directory()
  const file = join(place.path, 'store.db')
  const open = () => openSqlite({ file, migrations: contractMigrations, clock, shared: true })
  const [mine, theirs] = [await open(), await open()]
  const commit = (storage: typeof mine) => storage.unit('write', async (unit) => unit.touch('iam'))
  const now = () => mine.unit('read', async (unit) => unit.generation('iam'))
  const turn = fc.array(fc.constantFrom('mine', 'theirs', 'look'), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(turn, async (steps) => {
      for (const step of steps) {
        const before = step === 'theirs' ? mine.generation('iam') : await now()
        if (step !== 'look') await commit(step === 'mine' ? mine : theirs)
        const after = await now()
        if (step === 'look') assert.equal(after, before)
        else assert.ok(after > before, `${step}: still ${after}`)
      }
      // several of both before anybody looks
      const before = await now()
      for (const step of steps) if (step !== 'look') await commit(step === 'mine' ? mine : theirs)
      const cached = await now()
      await commit(theirs)
      assert.ok((await now()) > cached && cached >= before)
    }),
    { numRuns: 50 },
  )
  await mine.close()
  await theirs.close()
})

test('a writer that never gives way ends in an error that says so, not in a stop of the event loop', async () => {
  using place = directory()
  const file = join(place.path, 'store.db')
  const storage = await openSqlite({ file, migrations: contractMigrations, clock, busyMs: 20 })
  const other = new DatabaseSync(file)
  other.exec('begin immediate')
  await assert.rejects(
    storage.unit('write', (unit) => unit.run(put, { name: 'a', size: 0, body: null })),
    /locked by another process/,
  )
  other.exec('rollback')
  other.close()
  await storage.unit('write', (unit) => unit.run(put, { name: 'a', size: 0, body: null }))
  await storage.close()
})

test('two statements of one name are refused', async () => {
  const storage = await openSqlite({ file: ':memory:', migrations: contractMigrations, clock })
  await storage.unit('read', (unit) => unit.get(find, { name: 'a' }))
  const other = statement('test/find', 'select 1 as x')
  await assert.rejects(
    storage.unit('read', (unit) => unit.get(other, {})),
    /two statements are named test\/find/,
  )
  await storage.close()
})

test('a unit opened inside another one fails, and does not hang', async () => {
  const storage = await openSqlite({ file: ':memory:', migrations: contractMigrations, clock, patienceMs: 20 })
  const nested = storage.unit('write', () => storage.unit('read', async () => 1))
  await assert.rejects(nested, /open for more than 20 ms/)
  assert.equal(await storage.unit('read', async () => 1), 1)
  await storage.close()
})
