import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import type { ServiceEvent } from '#kernel/events/event'
import { EventOutbox, eventsAfter, eventsDelivered, eventsLeft, KEPT_MS, pruning, START } from '#kernel/events/outbox'
import { eventMigrations } from '#kernel/events/schema'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { type Storage, statement } from '#kernel/storage/storage'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'

const T0 = Date.UTC(2017, 4, 22, 16, 44, 48, 250)
const HOUR = 3_600_000
const migrations = [...jobMigrations, ...eventMigrations]
const pruneJobs = statement('test/prune-jobs', "select due_at from job where kind = 'events/prune'")

const empty = ['event_outbox', 'job'].map((table) => statement(`test/empty-${table}`, `delete from ${table}`))

const event = (name: string, more: Partial<ServiceEvent> = {}): ServiceEvent => ({
  source: 'aws.ssm',
  detailType: 'Parameter Store Change',
  account: '123456789012',
  region: 'us-east-2',
  resources: [`arn:aws:ssm:us-east-2:123456789012:parameter/${name}`],
  detail: { operation: 'Update', name, type: 'String', description: undefined },
  ...more,
})

async function world(storage: Storage, clock: SettableClock) {
  const outbox = new EventOutbox(systemRandom)
  const runner = new JobRunner({
    storage,
    clock,
    handlers: [pruning],
    onFailure: ({ error }) => assert.fail(String(error)),
    onProblem: (problem) => assert.fail(String(problem)),
  })
  const names = async (query = {}, from = START) =>
    (await storage.unit('read', (unit) => eventsAfter(unit, query, from, 5000))).map(
      ({ envelope }) => envelope.detail.name,
    )
  return {
    ...{ storage, clock, outbox, runner, names },
    emit: (...events: ServiceEvent[]) =>
      storage.unit('write', async (unit) => {
        for (const one of events) await outbox.emit(unit, one, clock.now())
      }),
    dues: async () =>
      (await storage.unit('read', (unit) => unit.all<{ due_at: number }>(pruneJobs, {}))).map((row) => row.due_at),
    [Symbol.asyncDispose]: () => storage.close(),
  }
}

type World = Awaited<ReturnType<typeof world>>

function holds(engine: string, open: (clock: SettableClock) => Promise<Storage>): void {
  const on = (name: string, check: (one: World) => Promise<void>) =>
    test(`${engine}: ${name}`, async () => {
      const clock = new SettableClock(T0)
      await using one = await world(await open(clock), clock)
      await check(one)
    })

  on('an event is read as EventBridge hands it over (surroundings.md 4)', async ({ emit, storage }) => {
    await emit(event('a'))
    const [stored] = await storage.unit('read', (unit) => eventsAfter(unit, {}, START, 10))
    assert.equal(stored?.time, T0)
    const { id, ...rest } = stored?.envelope ?? { id: '' }
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.deepEqual(rest, {
      version: '0',
      'detail-type': 'Parameter Store Change',
      source: 'aws.ssm',
      account: '123456789012',
      time: '2017-05-22T16:44:48Z',
      region: 'us-east-2',
      resources: ['arn:aws:ssm:us-east-2:123456789012:parameter/a'],
      detail: { operation: 'Update', name: 'a', type: 'String' },
    })
  })

  on(
    'events are read in the order in which they were announced, by account, region and source',
    async ({ emit, names, clock, storage }) => {
      await emit(...['a', 'b', 'c', 'd', 'e'].map((name) => event(name)))
      clock.set(T0 + 1)
      await emit(
        event('f', { account: '999999999999' }),
        event('g', { region: 'eu-west-1' }),
        event('h', { source: 'aws.kms' }),
      )
      assert.deepEqual(await names(), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
      assert.deepEqual(await names({ account: '999999999999' }), ['f'])
      assert.deepEqual(await names({ region: 'eu-west-1' }), ['g'])
      assert.deepEqual(await names({ source: 'aws.kms' }), ['h'])
      const [, , third] = await storage.unit('read', (unit) => eventsAfter(unit, {}, START, 3))
      assert.ok(third)
      assert.deepEqual(await names({}, third), ['d', 'e', 'f', 'g', 'h'])
    },
  )

  on('an event is there when its change is, and never without it', async ({ storage, outbox, names, dues }) => {
    await assert.rejects(
      storage.unit('write', async (unit) => {
        await outbox.emit(unit, event('lost'), T0)
        throw new Error('no')
      }),
    )
    assert.deepEqual([await names(), await dues()], [[], []])
  })

  on('events are handed out until they are delivered', async ({ emit, storage }) => {
    await emit(event('a'), event('b'), event('c'))
    const left = (limit: number) => storage.unit('write', (unit) => eventsLeft(unit, limit))
    const first = await left(2)
    assert.deepEqual(
      first.map(({ envelope }) => envelope.detail.name),
      ['a', 'b'],
    )
    await storage.unit('write', (unit) =>
      eventsDelivered(
        unit,
        first.map(({ id }) => id),
      ),
    )
    assert.deepEqual(
      (await left(10)).map(({ envelope }) => envelope.detail.name),
      ['c'],
    )
  })

  on(
    'events are kept for 24 hours and then taken away, in steps, and with the last one the job goes',
    async ({ emit, names, clock, runner, dues, storage }) => {
      for (let i = 0; i < 3; i++) await emit(...Array.from({ length: 400 }, (_, n) => event(`old${i}/${n}`)))
      assert.deepEqual(await dues(), [T0 + KEPT_MS])
      await runner.travel(clock, T0 + 12 * HOUR)
      await emit(event('younger'))
      await runner.travel(clock, T0 + KEPT_MS - 1)
      assert.equal((await storage.unit('read', (unit) => eventsAfter(unit, {}, START, 2000))).length, 1201)
      await runner.travel(clock, T0 + KEPT_MS + HOUR / 6)
      assert.deepEqual(await names(), ['younger'])
      await runner.travel(clock, T0 + 12 * HOUR + KEPT_MS)
      assert.deepEqual([await names(), await dues()], [[], []])
      await emit(event('new'))
      assert.deepEqual(await dues(), [clock.now() + KEPT_MS])
    },
  )

  on('a server that was down for days catches up at once', async ({ emit, names, clock, runner, dues }) => {
    await emit(event('a'))
    clock.set(T0 + 5 * HOUR)
    await emit(event('b'))
    clock.set(T0 + 240 * HOUR)
    await emit(event('c'))
    await runner.runDue(clock.now())
    assert.deepEqual(await names(), ['c'])
    assert.deepEqual(await dues(), [clock.now() + KEPT_MS])
  })
}

holds('SQLite', (clock) => openSqlite({ file: ':memory:', migrations, clock }))

describe('on PostgreSQL', { skip: postgresMissing() ?? false }, () => {
  let server: Postgres
  let url: string
  before(async () => {
    server = await startPostgres()
    url = await server.database()
  })
  after(() => server[Symbol.asyncDispose]())
  const open = (clock: SettableClock) =>
    openPostgres({ url, migrations, clock, random: systemRandom, onProblem: () => undefined })
  // one database for all: to make one takes longer than a test
  const emptied = async (clock: SettableClock) => {
    const storage = await open(clock)
    await storage.unit('write', async (unit) => {
      for (const statement of empty) await unit.run(statement, {})
    })
    return storage
  }
  holds('PostgreSQL', emptied)

  test('two nodes that deliver get different events', async () => {
    const clock = new SettableClock(T0)
    await using one = await world(await emptied(clock), clock)
    const other = await open(clock)
    try {
      await one.emit(event('a'), event('b'))
      await one.storage.unit('write', async (unit) => {
        const mine = await eventsLeft(unit, 1)
        const theirs = await other.unit('write', (their) => eventsLeft(their, 5))
        assert.deepEqual(
          [...mine, ...theirs].map(({ envelope }) => envelope.detail.name),
          ['a', 'b'],
        )
      })
    } finally {
      await other.close()
    }
  })
})
