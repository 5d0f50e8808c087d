import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { PostgresUsage, readPostgresUsage } from '#kernel/audit/usage/postgres-usage'
import { USAGE_LAST_SCHEMA, USAGE_SCHEMA } from '#kernel/audit/usage/schema'
import type { ReadBy } from '#kernel/audit/usage/reads'
import { makeUsageTables, readSqliteUsage, SqliteUsage } from '#kernel/audit/usage/sqlite-usage'
import { type Counter, type Facts, factsOf, Tally } from '#kernel/audit/usage/tally'
import { ACCOUNT, recordOf, SECRET, stored, USER } from '#kernel/audit/usage/test/records'
import { callsOf, merged, type UsageQuery, type UsageReader } from '#kernel/audit/usage/usage'
import { schemaStatements } from '#kernel/storage/dialect'
import { type Postgres, postgresMissing, startPostgres } from '../../../test/postgres.ts'

const DAY_MS = 86_400_000
const NOW = Date.UTC(2026, 10, 22, 12)

/** An engine as the pass of the index uses it. */
interface Engine {
  readonly reader: UsageReader
  /** Counts records in a transaction; `fail`: which comes to nothing. */
  pass(records: readonly ReturnType<typeof stored>[], now?: number, fail?: boolean): Promise<void>
  rows(): Promise<number>
  close(): Promise<void>
}

function sqlite(): Engine {
  const db = new DatabaseSync(':memory:')
  const usage = new SqliteUsage(db)
  return {
    reader: readSqliteUsage(db),
    async pass(records, now = NOW, fail = false) {
      const tally = usage.begin()
      for (const record of records) tally.add(record)
      db.exec('begin')
      usage.write(tally, now)
      db.exec(fail ? 'rollback' : 'commit')
    },
    rows: async () => Number(db.prepare('select count(*) as n from usage_count').get()?.n),
    close: async () => db.close(),
  }
}

let server: Postgres | undefined
const missing = postgresMissing()
before(async () => {
  if (missing === undefined) server = await startPostgres()
})
after(() => server?.[Symbol.asyncDispose]())

async function postgres(): Promise<Engine> {
  const client = new pg.Client({ connectionString: await (server as Postgres).database() })
  await client.connect()
  for (const text of schemaStatements(`${USAGE_SCHEMA}${USAGE_LAST_SCHEMA}`, 'postgres')) await client.query(text)
  const usage = new PostgresUsage(client)
  return {
    reader: readPostgresUsage(client),
    async pass(records, now = NOW, fail = false) {
      const tally = await usage.begin()
      for (const record of records) tally.add(record)
      await client.query('begin')
      await usage.write(tally, now)
      await client.query(fail ? 'rollback' : 'commit')
    },
    rows: async () => Number((await client.query('select count(*) as n from usage_count')).rows[0].n),
    close: () => client.end(),
  }
}

const ALL: UsageQuery = { from: 0, to: NOW + DAY_MS, by: [] }

for (const [name, open] of [
  ['sqlite', async () => sqlite()],
  ['postgres', postgres],
] as const) {
  const skip = name === 'postgres' ? (missing ?? false) : false

  test(`${name}: each record counts once, whatever transactions come to nothing and whatever is handed over again`, {
    skip,
  }, async () => {
    const engine = await open()
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              fail: fc.boolean(),
              again: fc.boolean(),
              who: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 6 }),
            }),
            { maxLength: 8 },
          ),
          fc.uuid(),
          async (passes, writer) => {
            let all: ReturnType<typeof stored>[] = []
            for (const { fail, again, who } of passes) {
              const news = who.map((n, at) =>
                stored(
                  recordOf({ additionalEventData: { SecretId: `${writer}-${n}` }, recipientAccountId: undefined }),
                  {
                    ...{ writer, sequence: all.length + at + 1, time: NOW - n * 7_000, account: writer },
                  },
                ),
              )
              await engine.pass(again ? [...all, ...news] : news, NOW, fail)
              // what failed comes again, before anything else
              if (fail) await engine.pass(news)
              all = [...all, ...news]
            }
            const rows = await engine.reader.usage({ ...ALL, account: writer, by: ['resource'] })
            const expected = new Tally()
            for (const record of all) expected.add(record)
            const sum = ({ minutes }: Counter) => [...minutes.values()].reduce((total, { calls }) => total + calls, 0)
            assert.deepEqual(
              new Map(rows.map(({ keys, calls }) => [keys[0], calls])),
              new Map([...expected.counters].map((counter) => [counter.series.resource, sum(counter)])),
            )
            const [total] = await engine.reader.usage({ ...ALL, account: writer })
            assert.equal(total?.calls ?? 0, all.length)
          },
        ),
        { numRuns: name === 'sqlite' ? 60 : 12 },
      )
    } finally {
      await engine.close()
    }
  })

  test(`${name}: rows become coarser with age and nothing of the sums is lost`, { skip }, async () => {
    const engine = await open()
    try {
      // 200 days, six calls a day, in minutes of their own
      const records = Array.from({ length: 1200 }, (_, at) =>
        stored(recordOf(), { sequence: at + 1, time: NOW - 200 * DAY_MS + at * 4 * 3_600_000 }),
      )
      for (let at = 0; at < records.length; at += 100) {
        const piece = records.slice(at, at + 100)
        await engine.pass(piece, piece.at(-1)?.eventTime)
      }
      assert.equal((await engine.reader.usage(ALL))[0]?.calls, 1200)
      assert.ok((await engine.rows()) < 1200 / 2, 'days have one row')
      const months = await engine.reader.usage({ ...ALL, by: ['month'] })
      assert.equal(
        months.reduce((sum, { calls }) => sum + calls, 0),
        1200,
      )
      assert.ok(
        months.every(({ keys: [month] }) => new Date(Number(month)).toISOString().endsWith('-01T00:00:00.000Z')),
      )
      // two years later all of it is months, in the totals too
      await engine.pass([stored(recordOf(), { sequence: 2000, time: NOW + 800 * DAY_MS })], NOW + 800 * DAY_MS)
      assert.equal(await engine.rows(), months.length + 1)
      const far = { ...ALL, to: NOW + 900 * DAY_MS }
      assert.equal((await engine.reader.usage(far))[0]?.calls, 1201)
      assert.equal((await engine.reader.usage({ ...far, principal: USER }))[0]?.calls, 1201)
      assert.deepEqual(
        (await engine.reader.usage({ ...ALL, by: ['month'] })).toSorted(byFirst),
        months.toSorted(byFirst),
      )
    } finally {
      await engine.close()
    }
  })

  test(`${name}: filters, dimensions, limits, and who read a secret last`, { skip }, async () => {
    const engine = await open()
    try {
      const other = 'arn:aws:iam::111122223333:user/Bob'
      const bob = { userIdentity: { type: 'IAMUser', arn: other, accountId: '111122223333' } }
      await engine.pass([
        stored(recordOf(), { sequence: 1, time: NOW - 120_000 }),
        stored(recordOf(bob), { sequence: 2, time: NOW - 60_000 }),
        stored(recordOf({ ...bob, errorCode: 'AccessDeniedException' }), { sequence: 3, time: NOW }),
        stored(recordOf({ ...bob, eventName: 'ListSecrets', additionalEventData: undefined }), {
          sequence: 4,
          time: NOW,
        }),
      ])
      const calls = async (query: Partial<UsageQuery>) =>
        (await engine.reader.usage({ ...ALL, ...query })).map(({ keys, calls }) => [...keys, calls])
      assert.deepEqual(await calls({ by: ['principal'] }), [
        [other, 3],
        [USER, 1],
      ])
      assert.deepEqual(await calls({ by: ['principal'], limit: 1 }), [[other, 3]])
      assert.deepEqual(await calls({ by: ['result'], operation: 'GetSecretValue' }), [
        ['ok', 2],
        ['AccessDeniedException', 1],
      ])
      assert.deepEqual(
        await calls({ by: ['operation'], principal: other, from: NOW }),
        [
          ['GetSecretValue', 1],
          ['ListSecrets', 1],
        ].toSorted(byFirst),
      )
      assert.deepEqual(await calls({ by: ['account'], made: 'by-services' }), [])
      assert.deepEqual(
        await engine.reader.lastReaders([SECRET, 'arn:none']),
        new Map([[SECRET, { principal: other, at: NOW - 60_000 }]]),
      )
      const minutes = await callsOf(engine.reader, {
        account: '111122223333',
        region: 'us-east-1',
        from: 0,
        to: NOW + 1,
      })
      assert.deepEqual(
        minutes.map(({ minute, operation, calls }) => [minute, operation, calls]).toSorted(),
        [
          [NOW - 120_000, 'GetSecretValue', 1],
          [NOW - 60_000, 'GetSecretValue', 1],
          [NOW, 'GetSecretValue', 1],
          [NOW, 'ListSecrets', 1],
        ].toSorted(),
      )
    } finally {
      await engine.close()
    }
  })
}

const byFirst = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

test('sqlite: a transaction that fails in the middle leaves nothing behind: counts go to no other series', async () => {
  const db = new DatabaseSync(':memory:')
  const usage = new SqliteUsage(db)
  const record = (name: string, sequence: number) =>
    stored(recordOf({ additionalEventData: { SecretId: name } }), { writer: 'w', sequence, time: NOW, account: '1' })
  const pass = (names: readonly string[]) => {
    const tally = usage.begin()
    names.forEach((name, at) => {
      tally.add(record(name, at + 1))
    })
    db.exec('begin')
    try {
      usage.write(tally, NOW)
      db.exec('commit')
    } catch (error) {
      db.exec('rollback')
      throw error
    }
  }
  db.exec("create temp trigger full before insert on usage_count begin select raise(abort, 'disk is full'); end")
  assert.throws(() => pass(['a']), /disk is full/)
  db.exec('drop trigger full')
  pass(['b', 'a'])
  const rows = await readSqliteUsage(db).usage({ ...ALL, by: ['resource'] })
  assert.deepEqual(rows.map(({ keys, calls }) => [keys[0], calls]).sort(), [
    ['a', 1],
    ['b', 1],
  ])
})

test('sqlite: a file of the version before has no table of last uses, and later ones than that table says count', async () => {
  const db = new DatabaseSync(':memory:')
  for (const text of schemaStatements(USAGE_SCHEMA, 'sqlite')) db.exec(text)
  db.exec(`insert into usage_series (id, digest, account, region, principal, source, operation, result, resource, via, last_at)
    values (1, x'01', '1', 'r', 'arn:p', 's', 'GetSecretValue', 'ok', 'arn:s', '', 2000)`)
  const last = async () => (await readSqliteUsage(db).lastReaders(['arn:s'])).get('arn:s')
  assert.deepEqual(await last(), { principal: 'arn:p', at: 2000 })
  makeUsageTables(db)
  assert.deepEqual(await last(), { principal: 'arn:p', at: 2000 })
  db.exec('insert into usage_last values (1, 1000)')
  assert.deepEqual(await last(), { principal: 'arn:p', at: 2000 })
  db.exec('update usage_last set last_at = 3000')
  assert.deepEqual(await last(), { principal: 'arn:p', at: 3000 })
})

test('what is not written yet is told with what is', () => {
  const tally = new Tally()
  tally.add(stored(recordOf(), { sequence: 1, time: NOW }))
  tally.add(stored(recordOf({ eventName: 'ListSecrets', additionalEventData: undefined }), { sequence: 2, time: NOW }))
  const query: UsageQuery = { ...ALL, by: ['operation'] }
  assert.deepEqual(merged([{ keys: ['GetSecretValue'], calls: 4, items: 4 }], tally, query), [
    { keys: ['GetSecretValue'], calls: 5, items: 5 },
    { keys: ['ListSecrets'], calls: 1, items: 0 },
  ])
  assert.deepEqual(merged([], tally, { ...query, operation: 'ListSecrets', to: NOW }), [])
})

test('the tables may be there already', () => {
  const db = new DatabaseSync(':memory:')
  makeUsageTables(db)
  makeUsageTables(db)
  db.close()
})

test('reads that no counter was made of are counted as those are that have one', () => {
  const who = ['Alice', 'Bob'].map((name): ReadBy => {
    const facts = factsOf(recordOf({ userIdentity: { type: 'IAMUser', arn: name }, additionalEventData: undefined }))
    return { facts: facts as Facts, account: ACCOUNT, region: 'us-east-1' }
  })
  const read = fc.record({
    by: fc.constantFrom(who[0] as ReadBy, who[0] as ReadBy, who[1] as ReadBy, null),
    resource: fc.constantFrom('a', 'b', 'c', 'd'),
    ago: fc.constantFrom(0, 5000, 60_000, 130_000, 40 * DAY_MS, 500 * DAY_MS),
    counted: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(fc.array(read, { maxLength: 40 }), { maxLength: 3 }), (passes) => {
      const [one, other] = [new DatabaseSync(':memory:'), new DatabaseSync(':memory:')]
      const [usage, expected] = [new SqliteUsage(one), new SqliteUsage(other)]
      let sequence = 0
      for (const reads of passes) {
        const [tally, counters] = [usage.begin(), expected.begin()]
        for (const { by, resource, ago, counted } of reads) {
          sequence++
          const facts = by === null ? undefined : { ...by.facts, resource }
          counters.count('w', sequence, ACCOUNT, 'us-east-1', NOW - ago, facts)
          if (counted) tally.count('w', sequence, ACCOUNT, 'us-east-1', NOW - ago, facts)
          else tally.read('w', sequence, NOW - ago, by, resource)
          // what was taken in before is passed over
          if (ago === 0) tally.read('w', sequence, NOW - ago, by, resource)
        }
        usage.write(tally, NOW)
        expected.write(counters, NOW)
      }
      const told = (db: DatabaseSync) => [
        db
          .prepare(
            `select s.principal, s.resource, c.span, c.time, c.calls, c.items, l.last_at from usage_count c
             join usage_series s on s.id = c.series join usage_last l on l.series = s.id order by 1, 2, 3, 4`,
          )
          .all(),
        db.prepare('select * from usage_total order by 1, 2, 3, 4, 5, 6, 7, 8').all(),
        db.prepare('select * from usage_position').all(),
      ]
      assert.deepEqual(told(one), told(other))
      one.close()
      other.close()
    }),
    { numRuns: 100 },
  )
})
