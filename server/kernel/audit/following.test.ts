import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import type { Follower, Wanted } from '#kernel/audit/follower'
import { followTrail } from '#kernel/audit/following'
import { START, textOf } from '#kernel/audit/place'
import { positionsIn } from '#kernel/audit/positions'
import { sourceOf } from '#kernel/audit/reading'
import { outboxMigrations } from '#kernel/audit/schema'
import { openMemoryJournal } from '#kernel/audit/sqlite-journal'
import { SettableClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import type { Migration } from '#kernel/storage/migration'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
const notes: Migration = { name: 'test/1', sql: 'create table note (id text not null primary key);\n' }
const note = statement('note/put', 'insert into note (id) values (:id)')
const noted = statement('note/all', 'select id from note order by id')
const tamper = (sql: string) => statement(`tamper ${sql}`, sql)

interface Made {
  readonly source?: string
  readonly readOnly?: boolean
  readonly account?: string
}
const line = (
  n: number,
  { source = 'secretsmanager.amazonaws.com', readOnly = false, account = '111122223333' }: Made = {},
) => {
  const id = `e-${String(n).padStart(4, '0')}`
  // what somebody sends may look like members of the record
  const parameters = { name: '","eventSource":"kms.amazonaws.com","readOnly":true', readOnly: true, eventID: id }
  const members = {
    userIdentity: { arn: 'x' },
    eventTime: 't',
    eventSource: source,
    eventName: 'Do',
    requestParameters: parameters,
  }
  return `${id} ${n} ${account} us-east-1 ${JSON.stringify({ ...members, eventID: id, readOnly, resources: [] })}`
}

async function setUp(url?: string) {
  const clock = new SettableClock(1_000_000)
  const parts = { migrations: [...outboxMigrations, notes], clock }
  const storage =
    url === undefined
      ? await openSqlite({ file: ':memory:', ...parts })
      : await openPostgres({ url, ...parts, random: systemRandom, onProblem: () => undefined })
  const journal = openMemoryJournal(key, { id: 'aaaaaaaa-0000-4000-8000-000000000001', startedAtMs: 1 })
  const source = sourceOf(journal.pages as never)
  const problems: string[] = []
  return {
    clock,
    storage,
    journal,
    problems,
    follow: (followers: readonly Follower[], node = 'node-1', alone = true, passedMs = 60_000) =>
      followTrail({
        ...{ storage, source, clock, key, node, alone, followers, passedMs },
        flushed: async () => undefined,
        ended: async () => [],
        written: () => 0,
        onProblem: (name, problem) => problems.push(`${name}: ${problem instanceof Error ? problem.message : problem}`),
      }),
    notes: () => storage.unit('read', async (unit) => (await unit.all<{ id: string }>(noted, {})).map(({ id }) => id)),
    run: (sql: string) => storage.unit('write', (unit) => unit.run(tamper(sql), {})),
    async [Symbol.asyncDispose]() {
      await journal.close()
      await storage.close()
    },
  }
}

/** Notes the id of every record that it is given; a record that is noted already is an error. */
const noting = (name: string, wanted: () => Wanted | undefined = () => ({})): Follower => ({
  name,
  from: 'start',
  wanted,
  async take(unit, records) {
    for (const { eventId } of records) await unit.run(note, { id: `${name} ${eventId}` })
  },
})

test('a follower gets every record once, also when others follow later and after a restart', async () => {
  await using t = await setUp()
  await t.journal.append([line(1), line(2)])
  const one = t.follow([noting('a')])
  await one.settle()
  assert.deepEqual(await t.notes(), ['a e-0001', 'a e-0002'])
  await t.journal.append([line(3)])
  await one.settle()
  await one.stop()
  await t.journal.append([line(4)])
  const again = t.follow([noting('a'), { ...noting('b'), from: 'now' }])
  await again.settle()
  await t.journal.append([line(5)])
  await again.settle()
  assert.deepEqual(await t.notes(), ['a e-0001', 'a e-0002', 'a e-0003', 'a e-0004', 'a e-0005', 'b e-0005'])
  assert.deepEqual(again.state(), [
    { name: 'a', behind: 0, since: undefined, trouble: undefined },
    { name: 'b', behind: 0, since: undefined, trouble: undefined },
  ])
  assert.deepEqual(t.problems, [])
})

test('thousands of records come in bounded pieces, in their order', async () => {
  await using t = await setUp()
  const sizes: number[] = []
  const seen: number[] = []
  await t.journal.append(Array.from({ length: 2500 }, (_, i) => line(i + 1)))
  const following = t.follow([
    {
      name: 'a',
      from: 'start',
      wanted: () => ({}),
      async send(records) {
        sizes.push(records.length)
        seen.push(...records.map(({ sequence }) => sequence))
      },
    },
  ])
  await following.settle()
  assert.deepEqual(
    seen,
    Array.from({ length: 2500 }, (_, i) => i + 1),
  )
  assert.ok(Math.max(...sizes) <= 1000, `${sizes}`)
})

test('only wanted records come; what somebody sends can not pass for a member of the record', async () => {
  await using t = await setUp()
  const kms = 'kms.amazonaws.com'
  await t.journal.append([
    line(1),
    line(2, { source: kms }),
    line(3, { readOnly: true }),
    line(4, { account: '999999999999' }),
    line(5, { source: kms, readOnly: true, account: '999999999999' }),
  ])
  const following = t.follow([
    noting('account', () => ({ accounts: new Set(['999999999999']) })),
    noting('changes', () => ({ changesOnly: true })),
    noting('kms', () => ({ sources: new Set([kms]) })),
    noting('none', () => ({ regions: new Set(['eu-west-1']) })),
    noting('nothing', () => undefined),
  ])
  await following.settle()
  assert.deepEqual(await t.notes(), [
    'account e-0004',
    'account e-0005',
    'changes e-0001',
    'changes e-0002',
    'changes e-0004',
    'kms e-0002',
    'kms e-0005',
  ])
})

test('what is written while he wants nothing passes a follower by; what comes after somebody made him want it does not', async () => {
  await using t = await setUp()
  let wants = false
  const following = t.follow([noting('a', () => (wants ? {} : undefined))])
  await following.settle()
  await t.journal.append([line(1)])
  await following.settle()
  wants = true
  await t.journal.append([line(2)])
  await following.settle()
  assert.deepEqual(await t.notes(), ['a e-0002'])
})

test('a change between the question and the look is not lost: the ends of the chains are read first', async () => {
  await using t = await setUp()
  let wants = false
  const following = t.follow([
    noting('a', () => {
      if (wants) return {}
      // A rule is made, and the first record for it written, right after he was asked.
      wants = true
      void t.journal.append([line(1)])
      return undefined
    }),
  ])
  await following.settle()
  await following.settle()
  assert.deepEqual(await t.notes(), ['a e-0001'])
})

test('one who fails skips nothing, holds nobody up, waits longer and longer, and tells why', async () => {
  await using t = await setUp()
  let broken = true
  let tries = 0
  const sick: Follower = {
    ...noting('sick'),
    async send() {
      tries++
      if (broken) throw new Error('the sink is full')
    },
  }
  const following = t.follow([sick, noting('well')])
  await t.journal.append([line(1), line(2)])
  await following.settle()
  assert.deepEqual(await t.notes(), ['well e-0001', 'well e-0002'])
  assert.deepEqual(following.state()[0], { name: 'sick', behind: 2, since: 1, trouble: 'the sink is full' })
  await following.settle()
  assert.equal(tries, 2)
  assert.deepEqual(t.problems, ['sick: the sink is full'])
  broken = false
  await following.settle()
  assert.deepEqual(await t.notes(), ['sick e-0001', 'sick e-0002', 'well e-0001', 'well e-0002'])
  assert.deepEqual(t.problems, ['sick: the sink is full', 'sick: undefined'])
})

test('effects in the store and the position are one change: a failing unit leaves neither', async () => {
  await using t = await setUp()
  let broken = true
  const half: Follower = {
    ...noting('half'),
    async take(unit, records) {
      await noting('half').take?.(unit, records)
      if (broken) throw new Error('not now')
    },
  }
  const following = t.follow([half])
  await t.journal.append([line(1)])
  await following.settle()
  assert.deepEqual(await t.notes(), [])
  broken = false
  await following.settle()
  assert.deepEqual(await t.notes(), ['half e-0001'])
})

test('of two processes one follows; the other takes over when its lease has run out, and nothing is done twice', async () => {
  await using t = await setUp()
  const one = t.follow([noting('a')], 'node-1', false)
  const two = t.follow([noting('a')], 'node-2', false)
  await t.journal.append([line(1)])
  await one.settle()
  await two.settle()
  assert.deepEqual(two.state()[0], { name: 'a', behind: 0, since: undefined, trouble: undefined })
  await t.journal.append([line(2)])
  await two.settle()
  assert.deepEqual(await t.notes(), ['a e-0001'])
  t.clock.set(t.clock.now() + 60_000)
  await two.settle()
  await t.journal.append([line(3)])
  await one.settle()
  await two.settle()
  assert.deepEqual(await t.notes(), ['a e-0001', 'a e-0002', 'a e-0003'])
  assert.deepEqual(t.problems, [])
})

test('who waits for one follower does not wait for another one that hangs', async () => {
  await using t = await setUp()
  const hanging = Promise.withResolvers<void>()
  const following = t.follow([
    noting('a'),
    { name: 'slow', from: 'start', wanted: () => ({}), send: () => hanging.promise },
  ])
  await t.journal.append([line(1)])
  const settled = following.settle()
  await following.passed('a')
  assert.deepEqual(await t.notes(), ['a e-0001'])
  hanging.resolve()
  await settled
})

test('a follower that fails has not passed', async () => {
  await using t = await setUp()
  let broken = true
  const failing: Follower = {
    name: 'a',
    from: 'start',
    wanted: () => ({}),
    async send() {
      if (broken) throw new Error('no')
    },
  }
  const following = t.follow([failing], 'node-1', true, 0)
  await t.journal.append([line(1)])
  await assert.rejects(following.passed('a'), /a has not taken all/)
  broken = false
  await following.passed('a')
})

async function passedElsewhere(url?: string) {
  await using t = await setUp(url)
  const one = t.follow([noting('a')], 'node-1', false)
  const two = t.follow([noting('a')], 'node-2', false, 0)
  await t.journal.append([line(1)])
  await one.settle()
  await two.passed('a')
  await t.journal.append([line(2)])
  await assert.rejects(two.passed('a'), /a has not taken all/)
  await one.settle()
  await two.passed('a')
  assert.deepEqual(await t.notes(), ['a e-0001', 'a e-0002'])
}

test('a follower that another process has has passed when that process is past the end', () => passedElsewhere())

test('the same on PostgreSQL', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  await passedElsewhere(await postgres.database())
})

for (const [what, sql, found] of [
  [
    'altered',
    `update audit_follower set place = replace(place, ':1', ':9') where name = 'a'`,
    /a, who follows the journal, was altered/,
  ],
  ['taken away', `delete from audit_follower where name = 'a'`, /a, who follows the journal, was taken away/],
  [
    'put in place of another',
    `update audit_follower set place = (select place from audit_follower where name = 'b'), mac = (select mac from audit_follower where name = 'b') where name = 'a'`,
    /a, who follows the journal, was altered/,
  ],
] as const) {
  test(`a position that was ${what} is found, and nothing is followed from it`, async () => {
    await using t = await setUp()
    const first = t.follow([noting('a'), noting('b')])
    await t.journal.append([line(1)])
    await first.settle()
    await first.stop()
    await t.journal.append([line(2)])
    await t.run(sql)
    const again = t.follow([noting('a')])
    await again.settle()
    assert.match(again.state()[0]?.trouble ?? '', /not as this server wrote it|was taken away/)
    assert.deepEqual(await t.notes(), ['a e-0001', 'b e-0001'])
    const { problems } = await t.storage.unit('read', (unit) => positionsIn(unit, key))
    assert.equal(problems.length, 1)
    assert.match(problems[0] as string, found)
  })
}

test('the list of followers can not be taken away unseen', async () => {
  await using t = await setUp()
  const following = t.follow([noting('a')])
  await following.settle()
  await t.run(`delete from audit_follower where name = ''`)
  const { problems } = await t.storage.unit('read', (unit) => positionsIn(unit, key))
  assert.deepEqual(problems, ['the list of those who follow the journal was taken away'])
})

test('a journal that lost records which a follower has not taken stops him: he says so and skips nothing', async () => {
  await using t = await setUp()
  const following = t.follow([noting('a')])
  await t.journal.append([line(1)])
  await following.settle()
  await t.journal.append([line(2)])
  const pages = { ...(t.journal.pages as NonNullable<typeof t.journal.pages>), pages: async () => [] }
  const blind = followTrail({
    ...{ storage: t.storage, source: sourceOf(pages), clock: t.clock, key, node: 'x', alone: true },
    followers: [noting('a')],
    flushed: async () => undefined,
    ended: async () => [],
    written: () => 0,
    onProblem: () => undefined,
  })
  await blind.settle()
  assert.match(blind.state()[0]?.trouble ?? '', /records from 2 on of writer aaaaaaaa-.* are missing in the journal/)
  assert.equal(textOf(START), 'v1 - 0 ')
})
