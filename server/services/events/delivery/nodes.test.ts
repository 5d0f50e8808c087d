import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { EventOutbox } from '#kernel/events/outbox'
import { JobRunner } from '#kernel/jobs/runner'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { memorySeal } from '#kernel/sealing/seal'
import type { Vault } from '#kernel/sealing/vault'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import type { Storage } from '#kernel/storage/storage'
import { migrations } from '../../../assembly/schema.ts'
import { type Postgres, postgresMissing, startPostgres } from '../../../test/postgres.ts'
import { Buses } from '../buses.ts'
import { scheduleOf } from '../model/schedule/schedule.ts'
import { RuleBook } from '../rules.ts'
import { Rows } from '../rows.ts'
import { Rules } from '../store.ts'
import type { Rule } from '../model/rule.ts'
import { Deliverer, type Way } from './deliverer.ts'
import { BusEngine } from './engine.ts'
import { Matching } from './matching.ts'
import { Deliveries } from './store.ts'

/** Several nodes on one PostgreSQL: what one matches no other does, and what one leaves when it dies another sends. */

const CELL = { account: '111122223333', region: 'us-east-1' }
const START = Date.UTC(2026, 2, 15, 10, 30)
const skip = postgresMissing() ?? false
let postgres: Postgres
before(async () => {
  if (skip === false) postgres = await startPostgres()
})
after(() => postgres?.[Symbol.asyncDispose]())

/** One process: its own connection, its own jobs, its own calls. */
async function node(url: string, clock: SettableClock, way: Way, vault?: Vault) {
  const storage: Storage = await openPostgres({
    url,
    migrations,
    clock,
    random: systemRandom,
    onProblem: () => undefined,
  })
  const keys = vault ?? (await openVault({ storage, seal: memorySeal(), random: systemRandom }))
  const rows = new Rows(keys.macKey('events/rows'))
  const shelf = (unit: Parameters<typeof storage.unit>[1] extends (unit: infer U) => unknown ? U : never) => ({
    rules: new Rules(unit, rows, keys),
    buses: new Buses(unit, rows),
  })
  const book = new RuleBook(
    (unit) => shelf(unit).rules,
    () => assert.fail('a rule is spoilt'),
  )
  const jobs = (await import('#kernel/jobs/store')).jobs
  const deliveries = (unit: Parameters<typeof shelf>[0]) =>
    new Deliveries(unit, { vault: keys, random: systemRandom, jobs })
  const fail = (text: string, error: unknown) => assert.fail(`${text} ${error}`)
  const matching = new Matching({
    book,
    inputOf: (_, { text }) => text,
    deliveries,
    looped: () => undefined,
    matched: async () => undefined,
  })
  const engine = new BusEngine({
    ...{ storage, clock, random: systemRandom, jobs, book, matching, onProblem: fail },
    ruleIn: (unit, bus, name) => shelf(unit).rules.find(bus, name),
    nextOf: ({ schedule, scheduledAt }, from) => scheduleOf(schedule ?? '')?.next(from, scheduledAt),
  })
  const deliverer = new Deliverer({
    ...{ storage, clock, random: systemRandom, ways: [way], deliveries, onProblem: fail },
    measured: async () => undefined,
    gaveUp: (_, { code }) => fail(code, ''),
  })
  const runner = new JobRunner({
    ...{ storage, clock, handlers: [engine.handler, ...deliverer.handlers] },
    onFailure: ({ error }) => fail('job', error),
    onProblem: (error) => fail('jobs', error),
  })
  return { storage, vault: keys, shelf, engine, deliverer, runner }
}

const rule = (schedule?: string): Rule => ({
  ...CELL,
  ...{
    bus: 'default',
    name: 'r',
    id: 'id',
    state: 'ENABLED',
    createdBy: CELL.account,
    tags: new Map<string, string>(),
  },
  pattern: schedule === undefined ? '{"source":["aws.ssm"]}' : undefined,
  ...{ schedule, description: undefined, roleArn: undefined, createdAt: START, scheduledAt: START },
})

test('two nodes: each event is matched once and delivered, a schedule fires once', { skip }, async () => {
  const url = await postgres.database()
  const clock = new SettableClock(START)
  const sent: string[] = []
  const way: Way = {
    fits: () => true,
    outside: {
      mayBegin: async (_, __, now) => now,
      send: async ({ content: { event } }) => {
        sent.push(event.id)
        return 'arrived'
      },
    },
  }
  const one = await node(url, clock, way)
  const two = await node(url, clock, way, one.vault)
  const outbox = new EventOutbox(systemRandom)
  await one.storage.unit('write', async (unit) => {
    await one.shelf(unit).rules.save(rule())
    await one.shelf(unit).rules.saveTarget(rule(), { Id: 't', Arn: 'arn:test' })
  })
  const both = async (work: (of: typeof one) => Promise<unknown>) => void (await Promise.all([work(one), work(two)]))
  await one.storage.unit('write', async (unit) => {
    for (let n = 0; n < 150; n++)
      await outbox.emit(unit, { ...CELL, source: 'aws.ssm', detailType: 'T', resources: [], detail: { n } }, START)
  })
  await both(({ engine }) => engine.settle())
  while (sent.length < 150) {
    await both(({ runner }) => runner.runDue(clock.now()))
    await both(({ deliverer }) => deliverer.idle())
    clock.set(clock.now() + 250)
  }
  await both(({ runner }) => runner.runDue(clock.now() + 120_000))
  await both(({ deliverer }) => deliverer.idle())
  assert.deepEqual([sent.length, new Set(sent).size], [150, 150])

  sent.length = 0
  await one.storage.unit('write', async (unit) => {
    await one.shelf(unit).rules.save(rule('rate(1 hour)'))
    await one.engine.scheduled(unit, rule('rate(1 hour)'), START)
  })
  clock.set(START + 3_600_000)
  await both(({ runner }) => runner.runDue(clock.now()))
  await both(({ deliverer }) => deliverer.idle())
  assert.equal(sent.length, 1)
  for (const { storage } of [one, two]) await storage.close()
})

test('a node that dies while it sends leaves a claim that ends: another one sends it, at least once', {
  skip,
}, async () => {
  const url = await postgres.database()
  const clock = new SettableClock(START)
  const sent: string[] = []
  const dying = Promise.withResolvers<'arrived'>()
  const way = (send: () => Promise<'arrived'>): Way => ({
    fits: () => true,
    outside: { mayBegin: async (_, __, now) => now, send },
  })
  const one = await node(
    url,
    clock,
    way(async () => {
      sent.push('one')
      return dying.promise
    }),
  )
  const two = await node(
    url,
    clock,
    way(async () => {
      sent.push('two')
      return 'arrived' as const
    }),
    one.vault,
  )
  const event = { ...CELL, id: 'e', source: 's', detailType: 't', time: START, resources: [], detail: '{}' }
  await one.storage.unit('write', (unit) =>
    new Deliveries(unit, {
      vault: one.vault,
      random: systemRandom,
      jobs: { schedule: async () => undefined, cancel: async () => undefined },
    }).add(CELL, { source: 'arn:r', target: { Id: 't', Arn: 'arn:test' }, event, input: '{}', depth: 0 }, START),
  )
  const [row] = await one.storage.unit('read', (unit) =>
    unit.all<{ id: string }>({ name: 'test/ids', sql: 'select id from event_delivery' }, {}),
  )
  const { jobs } = await import('#kernel/jobs/store')
  const payload = { ...CELL, id: row?.id ?? '' }
  await one.storage.unit('write', (unit) =>
    jobs.schedule(unit, {
      kind: 'events/deliver',
      key: `${CELL.account}/${CELL.region}/${payload.id}`,
      dueAt: START,
      payload,
    }),
  )
  await one.runner.runDue(clock.now())
  // nobody hears of the first node any more
  await two.runner.runDue(clock.now() + 59_000)
  assert.deepEqual(sent, ['one'])
  clock.set(START + 60_000)
  await two.runner.runDue(clock.now())
  await two.deliverer.idle()
  assert.deepEqual(sent, ['one', 'two'])
  const left = await two.storage.unit('read', (unit) =>
    unit.all({ name: 'test/all', sql: 'select id from event_delivery' }, {}),
  )
  assert.deepEqual(left, [])
  dying.resolve('arrived')
  await one.deliverer.idle()
  for (const { storage } of [one, two]) await storage.close()
})
