import assert from 'node:assert/strict'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { headMac } from '#kernel/audit/chain'
import type { Journal } from '#kernel/audit/journal'
import { START, textOf } from '#kernel/audit/place'
import { openPostgresJournal } from '#kernel/audit/postgres-journal'
import { openPostgresReader } from '#kernel/audit/postgres-reader'
import { postgresPruneTables, prune, type PruneTables, sqlitePruneTables } from '#kernel/audit/pruning'
import type { AuditReader } from '#kernel/audit/reader'
import { type Reading, threadReading } from '#kernel/audit/reading'
import { Retention } from '#kernel/audit/retention'
import { journalAndIndexMigrations, outboxMigrations } from '#kernel/audit/schema'
import { openFileJournal } from '#kernel/audit/sqlite-journal'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { verify } from '#kernel/audit/verify'
import { SettableClock, systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
const A = 'aaaaaaaa-0000-4000-8000-000000000001'
const B = 'bbbbbbbb-0000-4000-8000-000000000002'
const DAY = 86_400_000
const id = (n: number) => `018bcfe5-6800-7${n.toString(16).padStart(3, '0')}-8000-000000000001`
/** Record n is of day n. */
const line = (n: number) =>
  `${id(n)} ${n * DAY} 111122223333 us-east-1 {"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u","userName":"u"},"eventTime":"t","eventSource":"s","eventName":"E","sourceIPAddress":"i","userAgent":"a","requestParameters":null,"responseElements":null,"requestID":"r","eventID":"${id(n)}","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"111122223333"}`

interface Place extends AsyncDisposable {
  journal(writer: string): Promise<Journal>
  reader(): Promise<AuditReader>
  reading(): Reading
  tables<T>(work: (tables: PruneTables) => Promise<T>): Promise<T>
  tamper(sql: string): Promise<void>
}

async function verdictOf(place: Place, known?: KeyObject) {
  const reader = await place.reader()
  const verdict = await reader.snapshot((snapshot) => verify(snapshot, known ?? key))
  await reader.close()
  return verdict
}
const found = async (place: Place) =>
  (await verdictOf(place)).problems.map(({ kind, sequence }) => `${kind} ${sequence ?? ''}`.trim())

/** A wrote days 1 to 8 in blocks of two; B days 9 to 12. */
async function fill(place: Place) {
  const a = await place.journal(A)
  for (let n = 1; n <= 8; n += 2) await a.append([line(n), line(n + 1)])
  await a.close()
  const b = await place.journal(B)
  for (let n = 9; n <= 12; n += 2) await b.append([line(n), line(n + 1)])
  await b.close()
}

const everything = textOf({ journal: A, known: 2, open: new Map() })
const order = (days: number, places: readonly string[] = [everything]) => ({
  before: days * DAY,
  places,
  now: 100 * DAY,
})

function contract(engine: string, make: () => Promise<Place>): void {
  test(`${engine}: whole old blocks go, the rest verifies, and it is said what went and when`, async () => {
    await using place = await make()
    await fill(place)
    assert.equal(await place.tables((tables) => prune(tables, key, { ...order(6), dry: true })), 4)
    assert.equal(await place.tables((tables) => prune(tables, key, order(6))), 4)
    const verdict = await verdictOf(place)
    assert.deepEqual([verdict.problems, verdict.records], [[], 8])
    assert.deepEqual(
      verdict.pruned.map(({ writer, through, lastTime, prunedAt }) => [
        writer,
        through,
        lastTime / DAY,
        prunedAt / DAY,
      ]),
      [[A, 4, 4, 100]],
    )
    assert.equal(await place.tables((tables) => prune(tables, key, order(6))), 0)
    // all of A's, then all of B's but the newest block
    assert.equal(await place.tables((tables) => prune(tables, key, order(11))), 6)
    assert.deepEqual([(await verdictOf(place)).problems, (await verdictOf(place)).records], [[], 2])
    const a = await place.journal('cccccccc-0000-4000-8000-000000000003')
    await a.append([line(13)])
    await a.close()
    assert.deepEqual((await verdictOf(place)).problems, [])
  })

  test(`${engine}: what a follower has not taken stays`, async () => {
    await using place = await make()
    await fill(place)
    const at = textOf({ journal: A, known: 2, open: new Map([[1, 5]]) })
    assert.equal(await place.tables((tables) => prune(tables, key, order(20, [everything, at]))), 4 + 4)
    assert.equal(await place.tables((tables) => prune(tables, key, order(20, [everything, textOf(START)]))), 0)
  })

  for (const [what, sql, problems] of [
    ['more blocks are removed', `delete from audit_block where writer = '${A}' and sequence = 5`, ['missing 5']],
    [
      'more blocks are removed and the note adapted',
      `delete from audit_block where writer = '${A}' and sequence = 5; update audit_pruned set through = 6`,
      ['pruned 6', 'missing 1'],
    ],
    ['the note is removed', 'delete from audit_pruned', ['missing 1']],
    ['the time in the note is altered', 'update audit_pruned set pruned_at = pruned_at + 1', ['pruned 4', 'missing 1']],
    ['the note is given to another writer', `update audit_pruned set writer = '${B}'`, ['pruned 4', 'missing 1']],
    [
      'a record behind what was pruned is altered',
      `update audit_block set lines = replace(lines, '"userName":"u"', '"userName":"v"') where writer = '${A}' and sequence = 5`,
      ['altered 5', 'altered 6'],
    ],
    [
      'the head is set back to what was pruned',
      `delete from audit_block where writer = '${A}' and sequence > 4; update audit_writer set sequence = 4, hash = (select hash from audit_pruned), mac = '' where writer = '${A}'`,
      ['head', 'missing 8'],
    ],
  ] as const) {
    test(`${engine}: after pruning it is found that ${what}`, async () => {
      await using place = await make()
      await fill(place)
      await place.tables((tables) => prune(tables, key, order(6)))
      await place.tamper(sql)
      assert.deepEqual(await found(place), problems)
    })
  }

  test(`${engine}: blocks that somebody else removes, and blocks that he altered before they were pruned, are found`, async () => {
    await using place = await make()
    await fill(place)
    await place.tamper(`delete from audit_block where writer = '${A}' and sequence in (1, 3)`)
    assert.deepEqual(await found(place), ['missing 1'])
    await using other = await make()
    await fill(other)
    await other.tamper(`update audit_block set hash = '${'1'.repeat(64)}' where writer = '${A}' and sequence = 3`)
    await assert.rejects(
      other.tables((tables) => prune(tables, key, order(6))),
      /the block up to record 4 of writer aaaaaaaa-.* is not as it was written, so nothing is pruned/,
    )
    // who has no key can prune nothing that passes for it
    const forged = { writer: A, through: 8, hash: '', lastTime: 0, prunedAt: 0 }
    await place.tamper(
      `insert into audit_pruned (writer, through, hash, last_time, pruned_at, mac) values ('${A}', 4, (select hash from audit_block where writer = '${A}' and sequence = 5), 1, 1, '${headMac(createSecretKey(Buffer.alloc(32, 9)), { ...forged, sequence: 8 })}')`,
    )
    assert.deepEqual(await found(place), ['pruned 4', 'missing 1'])
  })

  test(`${engine}: index and counters know what went before it goes; lookups, followers and new indexes go on behind it`, async () => {
    await using place = await make()
    await fill(place)
    const reading = place.reading()
    assert.equal(await reading.prune(order(6)), 4)
    const ids = async (from: Reading) =>
      (await from.lookup({ limit: 50 })).records.map(({ eventTime }) => eventTime / DAY)
    assert.deepEqual(await ids(reading), [12, 11, 10, 9, 8, 7, 6, 5])
    const heads = await reading.heads(0, [])
    const { records, done } = await reading.take({ journal: A, known: 0, open: new Map() }, heads, {})
    assert.deepEqual([records.map(({ eventTime }) => eventTime / DAY), done], [[5, 6, 7, 8, 9, 10, 11, 12], true])
    const [all] = await reading.usage.usage({ from: 0, to: 1e15, by: [] })
    assert.equal(all?.calls, 12)
    await reading.close()
    const again = place.reading()
    assert.deepEqual(await ids(again), [12, 11, 10, 9, 8, 7, 6, 5])
    await again.close()
  })
}

contract('sqlite', async () => {
  const path = await mkdtemp(join(tmpdir(), 'retention-'))
  const file = join(path, 'audit.db')
  return {
    journal: (writer) => openFileJournal(file, key, { id: writer, startedAtMs: 1 }),
    reader: async () => openFileReader(file),
    reading: () =>
      threadReading({ file, indexFile: join(path, 'index.db'), key, chainKey: key, keeps: true }, () => {}),
    async tables(work) {
      const db = new DatabaseSync(file)
      try {
        return await work(sqlitePruneTables(db))
      } finally {
        db.close()
      }
    },
    async tamper(sql) {
      const db = new DatabaseSync(file)
      db.exec(sql)
      db.close()
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
})

const missing = postgresMissing()
if (missing === undefined) {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())
  contract('postgres', async () => {
    const url = await server.database()
    await (
      await openPostgres({ url, migrations: journalAndIndexMigrations, clock: systemClock, random: systemRandom })
    ).close()
    const connected = async <T>(work: (client: pg.Client) => Promise<T>) => {
      const client = new pg.Client(connectionOf(url))
      await client.connect()
      try {
        return await work(client)
      } finally {
        await client.end()
      }
    }
    return {
      journal: (writer) => openPostgresJournal(url, key, { id: writer, startedAtMs: 1 }),
      reader: () => openPostgresReader(url),
      reading: () => threadReading({ url, key, chainKey: key, keeps: true }, () => {}),
      tables: (work) => connected((client) => work(postgresPruneTables(client))),
      tamper: (sql) => connected(async (client) => void (await client.query(sql))),
      [Symbol.asyncDispose]: async () => {},
    }
  })
}

test('retention asks every follower, says in the trail what it does before it does it, and goes nowhere when a position was altered', async () => {
  const clock = new SettableClock(200 * DAY)
  const storage = await openSqlite({ file: ':memory:', migrations: outboxMigrations, clock })
  const done: string[] = []
  let left = 2
  const make = (followers: readonly string[]) =>
    new Retention({
      ...{ keptMs: 90 * DAY, clock, storage, key, followers },
      async prune({ before, dry }) {
        done.push(`${dry === true ? 'look' : 'prune'} ${before / DAY}`)
        return dry === true ? left : left-- > 0 ? 10 : 0
      },
      record: async (at) => void done.push(`record ${at / DAY}`),
      onProblem: () => undefined,
    })
  assert.equal(await make(['a']).run(), 0)
  assert.deepEqual(done, [])
  assert.equal(await make([]).run(), 20)
  assert.deepEqual(done, ['look 110', 'record 110', 'prune 110', 'prune 110', 'prune 110'])
  await storage.unit('write', (unit) =>
    unit.run({ name: 'x', sql: `insert into audit_follower values ('a', 'v1 - 0 ', x'00', '', 0, 0)` }, {}),
  )
  await assert.rejects(make([]).run(), /the position of a, who follows the journal, was altered: nothing is pruned/)
  await storage.close()
})
