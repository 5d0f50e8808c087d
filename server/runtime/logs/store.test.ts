import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import { memorySeal } from '#kernel/sealing/seal'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { type Storage, statement } from '#kernel/storage/storage'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'
import { migrations as logMigrations } from './schema.ts'
import { FunctionLogs, type LogBatch, listGroups, type Retention, readLogs, START } from './store.ts'

const T0 = Date.UTC(2026, 0, 2)
const migrations = [...sealingMigrations, ...logMigrations]
let server: Postgres | undefined
after(async () => server?.[Symbol.asyncDispose]())

const engines: Readonly<Record<string, { skip: string | false; open: (clock: SettableClock) => Promise<Storage> }>> = {
  SQLite: { skip: false, open: (clock) => openSqlite({ file: ':memory:', migrations, clock }) },
  PostgreSQL: {
    skip: postgresMissing() ?? false,
    async open(clock) {
      server ??= await startPostgres()
      return openPostgres({ url: await server.database(), migrations, clock, random: systemRandom })
    },
  },
}

async function open(engine: string, retention?: Retention) {
  const clock = new SettableClock(T0)
  const storage = await (engines[engine] as (typeof engines)[string]).open(clock)
  const vault = await openVault({ storage, seal: memorySeal(), random: systemRandom })
  const problems: string[] = []
  const logs = new FunctionLogs({
    ...{ storage, vault, clock, onProblem: (text: string) => void problems.push(text) },
    ...(retention === undefined ? {} : { retention }),
  })
  const read = async (group = '/aws/lambda/fn', since = 0, account = '111122223333') => {
    const found: string[] = []
    let from = START
    for (;;) {
      const { lines, position, rows } = await storage.unit('read', (unit) =>
        readLogs(unit, vault, { account, region: 'us-east-1', group, since }, from),
      )
      if (rows.length === 0) return found
      found.push(...lines.map(({ text }) => text))
      from = position
    }
  }
  return { clock, storage, vault, logs, read, problems, [Symbol.asyncDispose]: () => storage.close() }
}

const batch = (more: Partial<LogBatch> & { texts?: string[]; time?: number }): LogBatch => {
  const { texts = ['x'], time = T0, ...rest } = more
  return {
    ...{ account: '111122223333', region: 'us-east-1', group: '/aws/lambda/fn', stream: '2026/01/02/[$LATEST]a' },
    lines: texts.map((text, at) => ({ time: time + at, text })),
    ...rest,
  }
}

const raw = statement('test/function-log', 'select sealed from function_log')

for (const [engine, { skip }] of Object.entries(engines)) {
  test(`${engine}: lines are read in the order of their writing, by group and account, and not those that are too old`, {
    skip,
  }, async () => {
    await using one = await open(engine)
    one.logs.write(batch({ texts: ['a', 'b'] }))
    one.logs.write(batch({ texts: ['c'], time: T0 + 1000 }))
    one.logs.write(batch({ account: '444455556666', texts: ['foreign'] }))
    one.logs.write(batch({ group: '/aws/lambda/other', texts: ['other'] }))
    await one.logs.flush()
    one.clock.set(T0 + 2000)
    one.logs.write(batch({ stream: '2026/01/02/[1]b', texts: ['d'], time: T0 + 2000 }))
    await one.logs.flush()
    assert.deepEqual(await one.read(), ['a', 'b', 'c', 'd'])
    assert.deepEqual(await one.read('/aws/lambda/fn', T0 + 1), ['b', 'c', 'd'])
    assert.deepEqual(await one.read('/aws/lambda/fn', 0, '444455556666'), ['foreign'])
    const groups = await one.storage.unit('read', listGroups)
    assert.deepEqual(
      groups.map(({ account, group, streams, lastAt }) => [account, group, streams, lastAt]),
      [
        ['111122223333', '/aws/lambda/fn', 2, T0 + 2000],
        ['111122223333', '/aws/lambda/other', 1, T0],
        ['444455556666', '/aws/lambda/fn', 1, T0],
      ],
    )
  })

  test(`${engine}: a group that is too large loses its oldest lines, and what is too old goes`, { skip }, async () => {
    await using one = await open(engine, { groupBytes: 2000, ageMs: 86_400_000 })
    one.logs.write(batch({ group: '/aws/lambda/old', texts: ['old'] }))
    for (let at = 0; at < 20; at++) {
      one.clock.set(T0 + at)
      one.logs.write(batch({ texts: [`${at} ${'x'.repeat(80)}`] }))
      await one.logs.flush()
    }
    const kept = await one.read()
    assert.ok(kept.length >= 5 && kept.length <= 6, `${kept.length} are kept`)
    assert.match(kept.at(-1) ?? '', /^19 /)
    one.clock.set(T0 + 86_400_000 + 3_600_000)
    one.logs.write(batch({ texts: ['new'] }))
    await one.logs.flush()
    assert.deepEqual([await one.read('/aws/lambda/old'), await one.read()], [[], ['new']])
  })
}

test('lines are sealed, and bound to their row', async () => {
  await using one = await open('SQLite')
  one.logs.write(batch({ texts: ['what the function said'] }))
  await one.logs.flush()
  const [row] = await one.storage.unit('read', (unit) => unit.all<{ sealed: Uint8Array }>(raw, {}))
  assert.ok(
    !Buffer.from(row?.sealed ?? [])
      .toString('latin1')
      .includes('function said'),
  )
  const move = statement('test/move', `update function_log set log_group = '/aws/lambda/mine'`)
  await one.storage.unit('write', (unit) => unit.run(move, {}))
  await assert.rejects(one.read('/aws/lambda/mine'))
})

test('when lines can not be written, or come too fast, that is told and nothing fails', async () => {
  await using one = await open('SQLite')
  const drop = statement('test/drop', 'drop table function_log')
  await one.storage.unit('write', (unit) => unit.run(drop, {}))
  one.logs.write(batch({}))
  await one.logs.flush()
  assert.deepEqual(one.problems, ['what functions printed could not be written down'])
  const large = batch({ texts: ['x'.repeat(900_000)] })
  for (let at = 0; at < 30; at++) one.logs.write(large)
  await one.logs.flush()
  assert.ok(one.problems.includes('lines of a function are dropped: they come faster than they can be written'))
})
