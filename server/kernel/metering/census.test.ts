import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { census, type MeterSource, metered, startCensus } from '#kernel/metering/census'
import { HOUR_MS, hoursIn, type Interval, meterEnded, type Resource, resourceCounts } from '#kernel/metering/ledger'
import { meteringMigrations } from '#kernel/metering/schema'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { systemRandom } from '#kernel/random'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'

const START = Date.UTC(2026, 10, 1)
const account = '111122223333'
const region = 'us-east-1'
const migrations = [...jobMigrations, ...meteringMigrations]

/** A service whose resources a test sets. */
class Shelf implements MeterSource {
  readonly name = 'shelf'
  readonly resources = new Map<string, Resource>()

  put(id: string, began: number, more: Partial<Resource> = {}): void {
    const rest = { account, region, id, arn: `arn:${id}`, name: id, tags: '[]', began, changed: began }
    this.resources.set(id, { ...rest, counted: 'secret', billed: 'secret', ...more })
  }

  async page(_: unknown, after: { readonly id: string }, limit: number) {
    return [...this.resources.values()]
      .filter(({ id }) => id > after.id)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
  }
}

async function rig(open?: (clock: SettableClock) => Promise<Storage>) {
  const clock = new SettableClock(START)
  const storage = await (open?.(clock) ?? openSqlite({ file: ':memory:', migrations, clock }))
  const shelf = new Shelf()
  const failures: unknown[] = []
  const runner = new JobRunner({
    ...{ storage, clock, handlers: [census([shelf])], pollMs: 1 },
    onFailure: (failure) => failures.push(failure),
    onProblem: (problem) => failures.push(problem),
  })
  await storage.unit('write', (unit) => startCensus(unit, START))
  return {
    ...{ clock, storage, shelf },
    /** Time passes hour by hour, as it does: a journey over many is one census, as a pause is. */
    async to(hours: number) {
      const end = START + hours * HOUR_MS
      for (;;) {
        const next = clock.now() - (clock.now() % HOUR_MS) + HOUR_MS
        if (next >= end) break
        await runner.travel(clock, next)
      }
      await runner.travel(clock, end)
    },
    pause: (hours: number) => runner.travel(clock, START + hours * HOUR_MS),
    end: (id: string, hours: number) =>
      storage.unit('write', async (unit) => {
        const resource = shelf.resources.get(id) as Resource
        shelf.resources.delete(id)
        await meterEnded(unit, 'shelf', resource, START + hours * HOUR_MS)
      }),
    async hours(from = START, to = START + 1000 * HOUR_MS) {
      const found: Record<string, number> = {}
      const read = <T>(work: Parameters<typeof storage.unit<T>>[1]) => storage.unit('read', work)
      for await (const one of metered(read as never, [shelf], { from, to, now: clock.now() })) {
        const key = `${one.name}${[...one.tags].map(([name, value]) => ` ${name}=${value}`).join('')}`
        found[key] = (found[key] ?? 0) + hoursIn(one, from, Math.min(to, clock.now()))
      }
      return found
    },
    counts: () => storage.unit('read', (unit) => resourceCounts(unit, { account, region, from: 0, to: START * 2 })),
    async [Symbol.asyncDispose]() {
      await runner.stop()
      await storage.close()
      assert.deepEqual(failures, [])
    },
  }
}

test('a secret that lived three hours costs three hours, whether a census saw it or not (surroundings.md 9)', async () => {
  await using t = await rig()
  await t.to(2.5)
  t.shelf.put('three', START + 2.5 * HOUR_MS)
  t.shelf.put('minutes', START + 2.6 * HOUR_MS)
  await t.end('minutes', 2.7)
  await t.to(5.5)
  await t.end('three', 5.5)
  await t.to(9)
  assert.deepEqual(await t.hours(), { minutes: 1, three: 3 })
})

test('what no census has seen yet is billed up to now', async () => {
  await using t = await rig()
  t.shelf.put('young', START)
  await t.to(0.5)
  assert.deepEqual(await t.hours(), { young: 1 })
})

test('what is marked for deletion is free, and billed again when it is restored', async () => {
  await using t = await rig()
  t.shelf.put('a', START)
  await t.to(10.2)
  t.shelf.put('a', START, { billed: undefined, counted: 'pending-secret', ended: START + 10 * HOUR_MS })
  assert.deepEqual(await t.hours(), { a: 10 })
  await t.to(20.2)
  assert.deepEqual(await t.hours(), { a: 10 })
  t.shelf.put('a', START, { changed: START + 20 * HOUR_MS })
  await t.to(25)
  assert.deepEqual(await t.hours(), { a: 15 })
})

test('hours go to the tags that were there at the time, and add up over changes and months', async () => {
  await using t = await rig()
  t.shelf.put('a', START + HOUR_MS / 2, { tags: '[["team","red"]]' })
  await t.to(10)
  t.shelf.put('a', START + HOUR_MS / 2, { tags: '[["team","blue"]]' })
  await t.to(30)
  assert.deepEqual(await t.hours(), { 'a team=red': 11, 'a team=blue': 19 })
  const middle = START + 15 * HOUR_MS
  const [first, second] = [await t.hours(START, middle), await t.hours(middle)]
  assert.equal((first['a team=blue'] ?? 0) + (second['a team=blue'] ?? 0), 19)
})

test('what nobody counted for is not counted afterwards, and what was there is billed for the pause too', async () => {
  await using t = await rig()
  t.shelf.put('a', START)
  await t.to(2)
  await t.pause(50)
  assert.deepEqual(
    (await t.counts()).map(({ at }) => (at - START) / HOUR_MS),
    [1, 2, 50],
  )
  assert.deepEqual(await t.hours(), { a: 50 })
})

test('a whole month has all of its hours, and no more', () => {
  const [from, to] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 11, 1)]
  const one = (began: number): Pick<Interval, 'began' | 'since' | 'until'> => ({
    began,
    since: began,
    until: undefined,
  })
  assert.equal(hoursIn(one(from - 12_345_678), from, to), 720)
  assert.equal(hoursIn(one(from), from, to), 720)
  assert.equal(hoursIn(one(to), from, to), 0)
  assert.equal(hoursIn({ ...one(from), until: from + 1 }, from, to), 1)
})

test('ResourceCount: how many there were at each full hour, those that are to be deleted too', async () => {
  await using t = await rig()
  t.shelf.put('a', START)
  t.shelf.put('b', START + HOUR_MS)
  t.shelf.put('p', START, { counted: 'parameter', billed: undefined })
  await t.to(1.5)
  t.shelf.put('a', START, { counted: 'pending-secret', billed: undefined, ended: START + HOUR_MS })
  await t.to(2)
  assert.deepEqual(await t.counts(), [
    { at: START + HOUR_MS, count: 2 },
    { at: START + 2 * HOUR_MS, count: 2 },
  ])
})

async function many(open?: (clock: SettableClock) => Promise<Storage>): Promise<void> {
  await using t = await rig(open)
  const names = Array.from({ length: 1203 }, (_, at) => `s${String(at).padStart(5, '0')}`)
  for (const name of names) t.shelf.put(name, START)
  await t.to(2)
  for (const name of names.slice(0, 600)) t.shelf.resources.delete(name)
  await t.to(4)
  const hours = await t.hours()
  assert.equal(Object.keys(hours).length, 1203)
  assert.equal(hours.s00000, 3, 'gone since the census of the third hour')
  assert.equal(hours.s01202, 4)
  assert.deepEqual(
    (await t.counts()).map(({ count }) => count),
    [1203, 1203, 603, 603],
  )
}

test('more than one unit takes is counted in pieces', () => many())

const missing = postgresMissing()
test('the same with PostgreSQL', { skip: missing ?? false }, async () => {
  await using server = await startPostgres()
  const url = await server.database()
  await many((clock) => openPostgres({ url, migrations, clock, random: systemRandom, onProblem: () => undefined }))
})
