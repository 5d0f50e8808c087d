import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import type { JobHandler } from '#kernel/jobs/jobs'
import { backoffMs, type JobFailure, JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import { Fault, faulty } from '#kernel/storage/faulty'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { type Storage, statement } from '#kernel/storage/storage'

const migrations = [
  ...jobMigrations,
  { name: 'test/0001-mark', sql: 'create table mark (id text not null, at bigint not null, primary key (id, at));' },
]
const mark = statement('test/mark', 'insert into mark (id, at) values (:id, :at)')
const marks = statement('test/marks', 'select id, at from mark order by at, id')
const waiting = statement('test/waiting', 'select kind, key, due_at, next_at, attempts from job order by next_at')

const START = 1_000_000

async function setUp(handlers: readonly JobHandler[], storage?: Storage) {
  const clock = new SettableClock(START)
  const store = storage ?? (await openSqlite({ file: ':memory:', migrations, clock }))
  const failures: JobFailure[] = []
  const problems: unknown[] = []
  const runner = new JobRunner({
    storage: store,
    clock,
    handlers,
    onFailure: (failure) => failures.push(failure),
    onProblem: (problem) => problems.push(problem),
    pollMs: 1,
  })
  return {
    clock,
    store,
    runner,
    failures,
    problems,
    put: (kind: string, key: string, dueAt: number, payload: unknown = null) =>
      store.unit('write', (unit) => jobs.schedule(unit, { kind, key, dueAt, payload })),
    left: () => store.unit('read', (unit) => unit.all(waiting, {})),
    done: async () =>
      (await store.unit('read', (unit) => unit.all<{ id: string; at: number }>(marks, {}))).map(
        ({ id, at }) => `${id}@${at - START}`,
      ),
    async [Symbol.asyncDispose]() {
      await runner.stop()
      await store.close()
    },
  }
}

/** Leaves a mark with its due time. */
const marking = (kind = 'mark', seen?: unknown[]): JobHandler => ({
  kind,
  async run(unit, payload, now) {
    seen?.push(payload)
    await unit.run(mark, { id: String((payload as { id: string }).id), at: now })
  },
})

test('due jobs run in order of time, each with its due time and its payload; the others stay', async () => {
  const seen: unknown[] = []
  await using t = await setUp([marking('mark', seen)])
  await t.put('mark', 'b', START + 20, { id: 'b', more: ['é', null] })
  await t.put('mark', 'a', START + 10, { id: 'a' })
  await t.put('mark', 'c', START + 31, { id: 'c' })
  assert.equal(await t.runner.runDue(START + 30), 2)
  assert.deepEqual(seen, [{ id: 'a' }, { id: 'b', more: ['é', null] }])
  assert.deepEqual(await t.done(), ['a@10', 'b@20'])
  assert.equal((await t.left()).length, 1)
})

test('the same kind and key replaces; a job that was cancelled does not run', async () => {
  await using t = await setUp([marking(), marking('other')])
  await t.put('mark', 'k', START + 10, { id: 'old' })
  await t.put('other', 'k', START + 10, { id: 'other' })
  await t.put('mark', 'k', START + 20, { id: 'new' })
  await t.put('mark', 'gone', START + 5, { id: 'gone' })
  await t.store.unit('write', (unit) => jobs.cancel(unit, 'mark', 'gone'))
  assert.equal(await t.runner.runDue(START + 100), 2)
  assert.deepEqual(await t.done(), ['other@10', 'new@20'])
})

test('jobs that jobs put down are picked up when they are due, under the same key too', async () => {
  const chain: JobHandler = {
    kind: 'chain',
    async run(unit, payload, now) {
      const left = payload as number
      await unit.run(mark, { id: `n${left}`, at: now })
      if (left > 0) await jobs.schedule(unit, { kind: 'chain', key: 'k', dueAt: now + 10, payload: left - 1 })
    },
  }
  await using t = await setUp([chain])
  await t.put('chain', 'k', START, 3)
  assert.equal(await t.runner.runDue(START + 20), 3)
  assert.deepEqual(await t.done(), ['n3@0', 'n2@10', 'n1@20'])
  assert.equal(await t.runner.runDue(START + 30), 1)
  assert.deepEqual(await t.left(), [])
})

test('a job that fails leaves nothing, stops no other one, and is tried again later and later', async () => {
  let broken = true
  const sick: JobHandler = {
    kind: 'sick',
    async run(unit, _, now) {
      await unit.run(mark, { id: 'sick', at: now })
      if (broken) throw new Error('not now')
    },
  }
  await using t = await setUp([sick, marking()])
  await t.put('sick', 'k', START)
  await t.put('mark', 'k', START + 1, { id: 'well' })
  assert.equal(await t.runner.runDue(START + 1), 1)
  assert.deepEqual(await t.done(), ['well@1'])
  assert.deepEqual(await t.left(), [{ kind: 'sick', key: 'k', due_at: START, next_at: START + 1001, attempts: 1 }])
  assert.equal(await t.runner.runDue(START + 1000), 0)
  t.clock.set(START + 1001)
  assert.equal(await t.runner.runDue(START + 1001), 0)
  assert.deepEqual(
    t.failures.map(({ kind, attempts, nextAt }) => ({ kind, attempts, nextAt: nextAt - START })),
    [
      { kind: 'sick', attempts: 1, nextAt: 1001 },
      { kind: 'sick', attempts: 2, nextAt: 3001 },
    ],
  )
  broken = false
  assert.equal(await t.runner.runDue(START + 3001), 1)
  assert.deepEqual(await t.done(), ['sick@0', 'well@1'])
})

test('the wait between tries doubles up to an hour', () => {
  assert.deepEqual([1, 2, 3, 12, 13, 1000].map(backoffMs), [1000, 2000, 4000, 2_048_000, 3_600_000, 3_600_000])
})

test('time travel runs each job at its own time and arrives at the end', async () => {
  const times: number[] = []
  let clock: SettableClock | undefined
  const daily: JobHandler = {
    kind: 'daily',
    async run(unit, _, now) {
      times.push((clock as SettableClock).now() - START)
      await jobs.schedule(unit, { kind: 'daily', key: 'k', dueAt: now + 86_400_000, payload: null })
    },
  }
  await using t = await setUp([daily])
  clock = t.clock
  await t.put('daily', 'k', START + 86_400_000)
  assert.equal(await t.runner.travel(t.clock, START + 3.5 * 86_400_000), 3)
  assert.deepEqual(times, [86_400_000, 172_800_000, 259_200_000])
  assert.equal(t.clock.now(), START + 3.5 * 86_400_000)
})

test('on a journey a job that fails is tried again on the way', async () => {
  let tries = 0
  const sick: JobHandler = {
    kind: 'sick',
    async run() {
      if (++tries < 3) throw new Error('not now')
    },
  }
  await using t = await setUp([sick])
  await t.put('sick', 'k', START + 10)
  assert.equal(await t.runner.travel(t.clock, START + 10_000), 1)
  assert.deepEqual(
    t.failures.map(({ nextAt }) => nextAt - START),
    [1010, 3010],
  )
  assert.deepEqual(await t.left(), [])
})

test('jobs of a kind that this program does not know are left alone and in nobody’s way', async () => {
  await using t = await setUp([marking()])
  await t.put('newer', 'k', START)
  await t.put('mark', 'k', START + 1, { id: 'a' })
  assert.equal(await t.runner.runDue(START + 10), 1)
  assert.deepEqual(await t.left(), [{ kind: 'newer', key: 'k', due_at: START, next_at: START, attempts: 0 }])
  await using none = await setUp([], t.store)
  assert.equal(await none.runner.runDue(START + 10), 0)
})

test('a started runner does what falls due by the clock, and no more after its stop', async () => {
  await using t = await setUp([marking()])
  await t.put('mark', 'a', START, { id: 'a' })
  await t.put('mark', 'b', START + 10, { id: 'b' })
  t.runner.start()
  while ((await t.left()).length > 1) await new Promise((resolve) => setImmediate(resolve))
  t.clock.set(START + 10)
  while ((await t.left()).length > 0) await new Promise((resolve) => setImmediate(resolve))
  await t.runner.stop()
  assert.deepEqual(await t.done(), ['a@0', 'b@10'])
  assert.deepEqual(t.problems, [])
})

test('several processes on one store run each job once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-jobs-'))
  const clock = new SettableClock(START)
  const open = () => openSqlite({ file: join(directory, 'store.db'), migrations, clock, shared: true })
  const stores = [await open(), await open(), await open()]
  try {
    const runners = await Promise.all(stores.map((store) => setUp([marking()], store)))
    for (let i = 0; i < 30; i++) await runners[0]?.put('mark', `k${i}`, START + i, { id: `k${i}` })
    await Promise.all(runners.map(({ runner }) => runner.runDue(START + 100)))
    const seen = (await runners[0]?.done()) ?? []
    assert.deepEqual(
      seen,
      Array.from({ length: 30 }, (_, i) => `k${i}@${i}`),
    )
    assert.deepEqual(
      runners.flatMap(({ failures }) => failures),
      [],
    )
  } finally {
    for (const store of stores) await store.close()
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a store that fails at any step loses no job and does none twice', async () => {
  for (const kind of ['error', 'lost', 'conflict'] as const)
    for (let at = 1; at <= 6; at++) {
      const clock = new SettableClock(START)
      const store = faulty(await openSqlite({ file: ':memory:', migrations, clock }))
      await using t = await setUp([marking()], store)
      await t.put('mark', 'k', START, { id: 'a' })
      store.failAt(at, kind)
      await t.runner.runDue(START).catch((error: unknown) => assert.ok(error instanceof Fault, String(error)))
      // a second run, as the timer would make it, far enough for the next try
      await t.runner.runDue(START + 5000).catch((error: unknown) => assert.ok(error instanceof Fault, String(error)))
      assert.deepEqual(await t.done(), ['a@0'], `${kind} at ${at}`)
      assert.deepEqual(await t.left(), [], `${kind} at ${at}`)
    }
})

test('what looks after things every hour is done once after a journey or a pause, and by the time that it is', async () => {
  const hour = 3_600_000
  const times: number[] = []
  const hourly: JobHandler = {
    kind: 'hourly',
    latest: true,
    async run(unit, _, now) {
      times.push(now - START)
      await jobs.schedule(unit, { kind: 'hourly', key: 'k', dueAt: now + hour, payload: null })
    },
  }
  await using t = await setUp([hourly, marking()])
  await t.put('hourly', 'k', START + hour)
  await t.put('mark', 'm', START + 10.5 * hour, { id: 'm' })
  const century = 100 * 365 * 24 * hour
  await t.runner.travel(t.clock, START + century)
  // once beside the mark that has its own time, and once at the end
  assert.deepEqual(times, [10.5 * hour, century])
  assert.deepEqual(await t.done(), [`m@${10.5 * hour}`])
  t.clock.set(START + 2 * century)
  assert.equal(await t.runner.runDue(t.clock.now()), 1)
  assert.equal(times.at(-1), 2 * century)
})
