import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { systemClock } from '#kernel/clock'
import { contractMigrations } from '#kernel/storage/contract'
import type { StorageError } from '#kernel/storage/error'
import { type Storage, statement } from '#kernel/storage/storage'
import { openSqlite } from './sqlite.ts'

const put = statement('test/put', 'insert into item (account, name, size, body) values (:account, :name, 0, :body)')
const pairs = statement(
  'test/pairs',
  'select account, count(*) as n from item group by account order by count(*), account',
)
const remove = statement('test/remove', 'delete from item')
const whole = statement('test/whole', 'pragma integrity_check')
const body = Buffer.alloc(3000, 7)

/** Two rows, or none. */
const putPair = async (storage: Storage, account: string): Promise<void> => {
  await storage.unit('write', async (unit) => {
    for (const name of ['a', 'b']) await unit.run(put, { account, name, body })
    unit.touch('secrets')
  })
  await storage.durable()
}

const isFull = (error: StorageError): true => {
  assert.match(error.message, /^(commit|statement test\/put): database or disk is full$/)
  assert.equal(error.code, '13')
  assert.match(error.hint ?? '', /^make room on the disk/)
  return true
}

/** Puts pairs until the disk is full; answers how many were acknowledged. */
async function fill(storage: Storage): Promise<number> {
  for (let n = 0; n < 10_000; n++) {
    try {
      await putPair(storage, `n${n}`)
    } catch (error) {
      isFull(error as StorageError)
      return n
    }
  }
  return assert.fail('the disk was never full')
}

/** That what was acknowledged is there, both rows of each, and nothing else. */
async function holds(storage: Storage, acknowledged: number): Promise<void> {
  const found = await storage.unit('read', (unit) => unit.all<{ n: number }>(pairs, {}))
  assert.equal(found.length, acknowledged)
  assert.ok(found.every(({ n }) => n === 2))
}

/** A file system of 4 MiB, gone after the test; undefined where this user may not mount one. */
function smallDisk(t: TestContext): string | undefined {
  const place = mkdtempSync(join(tmpdir(), 'strongroom-full-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place]).status === 0
  t.after(() => {
    if (mounted) spawnSync('umount', ['--lazy', place])
    rmSync(place, { recursive: true })
  })
  return mounted ? place : undefined
}

for (const shared of [false, true])
  test(`a full disk${shared ? ', shared' : ''}: writes fail in words and leave nothing, reads go on, with room again all is well`, async (t) => {
    const place = smallDisk(t)
    if (place === undefined) return t.skip('only root may mount a small disk to fill')
    const ballast = join(place, 'ballast')
    writeFileSync(ballast, Buffer.alloc(2_500_000))
    const file = join(place, 'store.db')
    const problems: unknown[] = []
    const onProblem = (problem: unknown) => problems.push(problem)
    const options = { file, migrations: contractMigrations, clock: systemClock, shared, onProblem }
    const storage = await openSqlite(options)

    const acknowledged = await fill(storage)
    assert.ok(acknowledged > 10)
    const generation = storage.generation('secrets')
    await assert.rejects(putPair(storage, 'more'), isFull)
    assert.equal(storage.generation('secrets'), generation)
    await holds(storage, acknowledged)
    await storage.durable()
    assert.equal(await storage.healthy(), false)
    assert.equal(storage.trouble, 'the store cannot be written: its disk is full')
    isHealthProblem(problems)

    rmSync(ballast)
    assert.equal(await storage.healthy(), true)
    assert.equal(storage.trouble, undefined)
    await putPair(storage, 'again')
    await holds(storage, acknowledged + 1)
    await storage.close()
    const next = await openSqlite(options)
    await holds(next, acknowledged + 1)
    assert.deepEqual(await next.unit('write', (unit) => unit.all(whole, {})), [{ integrity_check: 'ok' }])
    await next.close()
  })

function isHealthProblem(problems: readonly unknown[]): void {
  assert.ok(problems.length > 0)
  for (const problem of problems) assert.match(String(problem), /database or disk is full/)
}

test('a store that may not grow: a statement that finds no room fails in words, and health knows it', async () => {
  const storage = await openSqlite({ file: ':memory:', migrations: contractMigrations, clock: systemClock })
  const bound = (pages: number) =>
    storage.unit('write', (unit) => unit.all(statement(`test/bound-${pages}`, `pragma max_page_count = ${pages}`), {}))
  await bound(60)
  const acknowledged = await fill(storage)
  assert.ok(acknowledged > 10)
  await holds(storage, acknowledged)
  await assert.rejects(putPair(storage, 'more'), isFull)
  await bound(1000)
  await putPair(storage, 'more')
  assert.equal(await storage.healthy(), true)
  await storage.unit('write', (unit) => unit.run(remove, {}))
  await holds(storage, 0)
  await storage.close()
})
