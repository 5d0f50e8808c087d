import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobs } from '#kernel/jobs/store'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { memorySeal } from '#kernel/sealing/seal'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement, type Unit } from '#kernel/storage/storage'
import { SettableClock } from '#kernel/clock'
import { migrations } from '../../../assembly/schema.ts'
import type { Rule, Target } from '../model/rule.ts'
import { patternOf } from '../model/pattern/pattern.ts'
import { Matching } from './matching.ts'
import { Room } from './room.ts'
import { Deliveries } from './store.ts'

const CELL = { account: '111122223333', region: 'us-east-1' }
const OTHER = { account: '444455556666', region: 'us-east-1' }
const START = Date.UTC(2026, 0, 2)
const SOURCE = 'arn:aws:events:us-east-1:111122223333:rule/r'

const IDS = statement('test/delivery-ids', 'select id from event_delivery where account = :account')

async function store(mostFailedBytes?: number) {
  const storage = await openSqlite({ file: ':memory:', migrations, clock: new SettableClock(START) })
  const vault = await openVault({ storage, seal: memorySeal(), random: systemRandom })
  const more = mostFailedBytes === undefined ? {} : { mostFailedBytes }
  const deliveries = (unit: Unit) => new Deliveries(unit, { vault, random: systemRandom, jobs, ...more })
  return { storage, deliveries, [Symbol.asyncDispose]: () => storage.close() }
}

const eventOf = (id: string, detail = '{}') => ({
  ...{ id, source: 'my.app', detailType: 'T', ...CELL, time: START, resources: [], detail },
})

test('an account has no more on its way than it may; another one has its own room, and what has left makes room', async () => {
  await using t = await store()
  const rule = (cell: typeof CELL) => ({ ...cell, bus: 'default', name: 'r', state: 'ENABLED' }) as unknown as Rule
  const targets: readonly Target[] = Array.from({ length: 5 }, (_, i) => ({ Id: `${i}`, Arn: `arn:test:${i}` }))
  const throttled: string[] = []
  const matching = new Matching({
    book: {
      rulesOf: async (_, { account, region }) => [
        { rule: rule({ account, region }), arn: SOURCE, pattern: patternOf('{"source":["my.app"]}'), targets },
      ],
    },
    inputOf: (_, { text }) => text,
    deliveries: t.deliveries,
    room: new Room(t.deliveries, { deliveries: 7, bytes: 1_000_000 }),
    throttled: async (_, _rule, target) => void throttled.push(target),
    looped: () => undefined,
    matched: async () => undefined,
  })
  const arrive = (cell: typeof CELL, now = START) =>
    t.storage.unit('write', (unit) =>
      matching.arrive(unit, { ...cell, name: 'default' }, [{ event: eventOf('e'), depth: 0 }], now),
    )
  assert.deepEqual([await arrive(CELL), await arrive(CELL), await arrive(CELL), await arrive(OTHER)], [5, 2, 0, 5])
  assert.deepEqual(throttled, ['arn:test:2', 'arn:test:3', 'arn:test:4', ...targets.map(({ Arn }) => Arn)])
  const counted = () => t.storage.unit('read', (unit) => t.deliveries(unit).backlog(CELL.account))
  const { deliveries, bytes } = await counted()
  assert.equal(deliveries, 7)
  assert.ok(bytes > 7 * 100)
  await t.storage.unit('write', async (unit) => {
    for (const { id } of await unit.all<{ id: string }>(IDS, { account: CELL.account }))
      await t.deliveries(unit).arrived({ ...CELL, id })
  })
  assert.deepEqual(await counted(), { deliveries: 0, bytes: 0 })
  assert.equal(await arrive(CELL, START + 1000), 5)
})

test('what could not be delivered is kept up to so many bytes: the oldest goes', async () => {
  await using t = await store(100_000)
  const content = (id: string) => ({
    ...{ source: SOURCE, target: { Id: 't', Arn: 'arn:test' }, depth: 0, input: 'x'.repeat(1000) },
    event: eventOf(id, JSON.stringify({ x: 'x'.repeat(1000) })),
  })
  for (let n = 0; n < 100; n++) {
    await t.storage.unit('write', (unit) =>
      t.deliveries(unit).refuse(CELL, content(`${n}`), { code: 'LOOP_DETECTED', reason: 'a circle' }, START + n),
    )
  }
  const left = await t.storage.unit('read', (unit) => t.deliveries(unit).failed({}, { at: -1, id: '' }, 100))
  assert.ok(left.length > 20 && left.length <= 50, String(left.length))
  assert.equal(left.at(-1)?.failedAt, START + 99)
})
