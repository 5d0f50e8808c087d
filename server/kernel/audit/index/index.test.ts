import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { attributesOf } from '#kernel/audit/attributes'
import type { IndexDamaged } from '#kernel/audit/index/segment'
import { AuditIndex, type Lookup } from '#kernel/audit/index/index'
import { makeIndexTables, sqliteIndexStore } from '#kernel/audit/index/sqlite-store'
import { has, type Key, nameIn } from '#kernel/audit/index/terms'
import { parseLine } from '#kernel/audit/record'
import { openAuditDatabase } from '#kernel/audit/sqlite-chain'
import { SqliteChain } from '#kernel/audit/sqlite-chain'
import { sqlitePages } from '#kernel/audit/sqlite-pages'
import { systemRandom } from '#kernel/random'

const key = createSecretKey(Buffer.alloc(32, 7))
const WRITERS = ['aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000002']
const START = 1_700_000_000_000

interface Made {
  readonly user: number
  readonly secret: number
  readonly event: string
  readonly region: string
  readonly ip: number
  readonly error?: string
  /** The record comes this much later than it happened. */
  readonly late: number
}

const arn = (secret: number) => `arn:aws:secretsmanager:us-east-1:111122223333:secret:app/s${secret}-AbCdEf`
const idOf = (n: number, time: number) =>
  `${time
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})/, '$1-')}-7${(n % 4096).toString(16).padStart(3, '0')}-8000-${String(n).padStart(12, '0')}`

function lineOf(n: number, { user, secret, event, region, ip, error, late }: Made): string {
  const time = START + n * 10 - late
  const id = idOf(n, START + n * 10)
  const readOnly = event === 'GetSecretValue'
  const record = {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: `AIDA${user}`,
      arn: `arn:aws:iam::111122223333:user/u${user}`,
      accessKeyId: `AKIA${user}`,
      userName: `u${user}`,
    },
    ...{ eventTime: 't', eventSource: 'secretsmanager.amazonaws.com', eventName: event, awsRegion: region },
    ...{ sourceIPAddress: `198.51.100.${ip}`, userAgent: 'x', ...(error && { errorCode: error, errorMessage: 'no' }) },
    ...{ requestParameters: { secretId: `app/s${secret}` }, responseElements: null },
    additionalEventData: { SecretId: arn(secret), SecretVersionId: `v${n}` },
    ...{ requestID: 'r', eventID: id, readOnly, eventType: 'AwsApiCall', managementEvent: true },
  }
  return `${id} ${time} 111122223333 ${region} ${JSON.stringify(record)}`
}

/** A journal of two writers who write in turns, and an index over it. */
function journal(sizes = { segment: 50, step: 40 }, indexDb = new DatabaseSync(':memory:')) {
  const db = openAuditDatabase(':memory:')
  const chains = WRITERS.map((id) => new SqliteChain(db, key, { id, startedAtMs: START }))
  const damage: IndexDamaged[] = []
  makeIndexTables(indexDb)
  const lines: string[] = []
  return {
    db,
    indexDb,
    damage,
    lines,
    open: (writes = true) =>
      new AuditIndex({
        pages: sqlitePages(db, () => {}),
        store: sqliteIndexStore(indexDb, () => {}),
        chainKey: key,
        ...{ key, random: systemRandom, writes, sizes, onDamage: (found: IndexDamaged) => damage.push(found) },
      }),
    write(made: readonly Made[], batch = 3) {
      for (let at = 0; at < made.length; at += batch) {
        const some = made.slice(at, at + batch).map((each, i) => lineOf(lines.length + i, each))
        chains[(at / batch) % 2]?.append(some)
        lines.push(...some)
      }
    },
  }
}

/** What a lookup must answer: all ids, newest first. */
function expected(
  lines: readonly string[],
  { account, region, attributes = [], from = 0, to = Number.MAX_SAFE_INTEGER }: Omit<Lookup, 'limit'>,
) {
  return lines
    .map(parseLine)
    .filter(
      (line) =>
        (account ?? line.account) === line.account &&
        (region ?? line.region) === line.region &&
        line.eventTime >= from &&
        line.eventTime <= to &&
        attributes.every((each) => has(each, line.eventId, attributesOf(line.record))),
    )
    .sort((a, b) => b.eventTime - a.eventTime || (b.eventId < a.eventId ? -1 : 1))
    .map(({ eventId }) => eventId)
}

async function all(index: AuditIndex, asked: Omit<Lookup, 'limit'>, limit = 7): Promise<string[]> {
  const ids: string[] = []
  let after: Lookup['after']
  do {
    const { records, next } = await index.lookup({ ...asked, limit, ...(after && { after }) })
    ids.push(...records.map(({ eventId }) => eventId))
    after = next
  } while (after !== undefined)
  return ids
}

const some = (n: number): Made[] =>
  Array.from({ length: n }, (_, i) => ({
    ...{
      user: i % 5,
      secret: i % 17,
      event: i % 4 === 0 ? 'PutSecretValue' : 'GetSecretValue',
      region: i % 3 === 0 ? 'eu-west-1' : 'us-east-1',
    },
    ...{ ip: i % 7, late: i % 50 === 0 ? 400 : 0, ...(i % 11 === 0 && { error: 'AccessDeniedException' }) },
  }))

const lookups: readonly Omit<Lookup, 'limit'>[] = [
  {},
  { account: '111122223333', region: 'eu-west-1' },
  { account: '999999999999' },
  ...(
    [
      ['EventName', 'PutSecretValue'],
      ['ReadOnly', 'false'],
      ['Username', 'u3'],
      ['ResourceType', 'AWS::SecretsManager::Secret'],
      ['ResourceName', arn(4)],
      ['EventSource', 'secretsmanager.amazonaws.com'],
      ['EventSource', 'kms.amazonaws.com'],
      ['AccessKeyId', 'AKIA2'],
      ['SourceIp', '198.51.100.6'],
      ['ErrorCode', 'AccessDeniedException'],
      ['PrincipalArn', 'arn:aws:iam::111122223333:user/u1'],
      ['Arn', arn(16)],
      ['Name', 'app/s3'],
      ['EventId', idOf(123, START + 1230)],
      ['EventId', 'no-such-event'],
    ] as readonly [Key, string][]
  ).map(([name, value]) => ({ region: 'us-east-1', attributes: [{ key: name, value }] })),
  {
    attributes: [
      { key: 'Username', value: 'u2' },
      { key: 'Name', value: 'app/s7' },
    ],
  },
  { from: START + 1000, to: START + 1500, attributes: [{ key: 'ReadOnly', value: 'true' }] },
]

test('every attribute is found, newest first and page by page, in segments and behind them, while the journal grows', async () => {
  const t = journal()
  const index = t.open()
  for (const count of [30, 200, 1, 170]) {
    t.write(some(count))
    for (const asked of lookups)
      assert.deepEqual(await all(index, asked), expected(t.lines, asked), JSON.stringify(asked))
  }
  const again = t.open()
  const reader = t.open(false)
  for (const asked of lookups) {
    assert.deepEqual(await all(again, asked), expected(t.lines, asked))
    assert.deepEqual(await all(reader, asked), expected(t.lines, asked))
  }
  assert.equal((t.indexDb.prepare('select count(*) as n from audit_segment').get() as { n: number }).n, 8)
  assert.deepEqual(t.damage, [])
})

test('whatever is written, the index answers what a look through the journal would', async () => {
  const made = fc.record({
    ...{ user: fc.nat(3), secret: fc.nat(5), event: fc.constantFrom('GetSecretValue', 'PutSecretValue') },
    ...{ region: fc.constantFrom('us-east-1', 'eu-west-1'), ip: fc.nat(2), late: fc.constantFrom(0, 0, 10, 2000) },
  })
  const asked = fc.record(
    {
      region: fc.constantFrom('us-east-1', 'eu-west-1'),
      attributes: fc.array(
        fc.oneof(
          fc.record({ key: fc.constant<Key>('Username'), value: fc.nat(3).map((n) => `u${n}`) }),
          fc.record({ key: fc.constant<Key>('Name'), value: fc.nat(5).map((n) => `app/s${n}`) }),
          fc.record({ key: fc.constant<Key>('ReadOnly'), value: fc.constantFrom('true', 'false') }),
        ),
        { maxLength: 2 },
      ),
      from: fc.nat(2000).map((n) => START + n),
      to: fc.nat(2000).map((n) => START + n),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(made, { maxLength: 60 }), { maxLength: 4 }),
      asked,
      fc.integer({ min: 1, max: 9 }),
      async (writes, query, limit) => {
        const t = journal({ segment: 20, step: 13 })
        const index = t.open()
        for (const each of writes) {
          t.write(each as Made[], 4)
          assert.deepEqual(await all(index, query, limit), expected(t.lines, query))
        }
      },
    ),
    { numRuns: 60 },
  )
})

const damages: readonly (readonly [what: string, sql: string, found: RegExp])[] = [
  ['the place of the index is altered', `update audit_index_state set place = replace(place, '1:', '2:')`, /the state/],
  [
    'a segment is left out',
    `update audit_index_state set segments = substr(segments, instr(segments, ',') + 1)`,
    /the state/,
  ],
  ['a segment is removed', 'delete from audit_segment where id = 2', /segment 2:.* is missing/],
  [
    'what a segment covers is altered',
    `update audit_segment set about = replace(about, '"records":50', '"records":49') where id = 2`,
    /segment 2/,
  ],
  ['a piece is removed', 'delete from audit_segment_piece where segment = 2', /piece \d+ of segment 2 .* is missing/],
  [
    'a piece is altered',
    `update audit_segment_piece set content = x'00000000' where segment = 2`,
    /piece \d+ of segment 2/,
  ],
  [
    'a piece stands in the place of another',
    `update audit_segment_piece set content = (select content from audit_segment_piece o where o.segment = 1 and o.piece = audit_segment_piece.piece), mac = (select mac from audit_segment_piece o where o.segment = 1 and o.piece = audit_segment_piece.piece) where segment = 2`,
    /piece \d+ of segment 2/,
  ],
  [
    'everything is removed',
    'delete from audit_segment; delete from audit_segment_piece; delete from audit_index_state',
    /^$/,
  ],
]
for (const [what, sql, found] of damages) {
  for (const [who, writes] of [
    ['who keeps the index', true],
    ['who reads it', false],
  ] as const) {
    test(`${what}: ${who} says so, and answers right; what is kept is whole again`, async () => {
      const t = journal()
      t.write(some(180))
      await t.open().catchUp()
      t.indexDb.exec(sql)
      const index = t.open(writes)
      for (const asked of lookups) assert.deepEqual(await all(index, asked), expected(t.lines, asked))
      if (found.source === '^$') assert.deepEqual(t.damage, [])
      else assert.match(t.damage[0]?.message ?? 'none', found)
      if (!writes) return
      t.damage.length = 0
      const again = t.open()
      for (const asked of lookups) assert.deepEqual(await all(again, asked), expected(t.lines, asked))
      assert.deepEqual(t.damage, [])
    })
  }
}

test('with another key nothing of the index is believed', async () => {
  const t = journal()
  t.write(some(120))
  await t.open().catchUp()
  const damage: IndexDamaged[] = []
  const store = sqliteIndexStore(t.indexDb, () => {})
  const other = createSecretKey(Buffer.alloc(32, 8))
  const index = new AuditIndex({
    pages: sqlitePages(t.db, () => {}),
    store,
    key: other,
    random: systemRandom,
    writes: false,
    onDamage: (found) => damage.push(found),
  })
  assert.deepEqual(await all(index, {}), expected(t.lines, {}))
  assert.equal(damage.length, 1)
})

test('who only reads an index that is far behind looks through the rest, in as many segments as it takes', async () => {
  const t = journal()
  t.write(some(60))
  await t.open().catchUp()
  t.write(some(230))
  const reader = t.open(false)
  for (const asked of lookups) assert.deepEqual(await all(reader, asked), expected(t.lines, asked))
  await t.open().catchUp()
  for (const asked of lookups) assert.deepEqual(await all(reader, asked), expected(t.lines, asked))
})

test('an index that can not be written (disk full) answers right all the same, and is kept again when it can', async () => {
  const t = journal()
  t.write(some(70))
  const store = sqliteIndexStore(t.indexDb, () => {})
  let full = false
  const index = new AuditIndex({
    ...{
      pages: sqlitePages(t.db, () => {}),
      key,
      random: systemRandom,
      writes: true,
      sizes: { segment: 50, step: 40 },
    },
    store: {
      ...store,
      change: (...asked) => (full ? Promise.reject(new Error('database or disk is full')) : store.change(...asked)),
    },
  })
  assert.deepEqual(await all(index, {}), expected(t.lines, {}))
  full = true
  t.write(some(130))
  for (const asked of lookups) assert.deepEqual(await all(index, asked), expected(t.lines, asked))
  await assert.rejects(index.catchUp(), /database or disk is full/)
  full = false
  await index.catchUp()
  for (const asked of lookups) assert.deepEqual(await all(index, asked), expected(t.lines, asked))
  assert.equal((t.indexDb.prepare('select count(*) as n from audit_segment').get() as { n: number }).n, 4)
})

test('a record that the index knows and the journal lost is told, not left out', async () => {
  const t = journal()
  t.write(some(120))
  const index = t.open()
  await index.catchUp()
  t.db.exec('delete from audit_block where sequence = 4')
  await assert.rejects(
    all(index, {}),
    /record [456] of writer .* is missing in the audit journal: see strongroom audit verify/,
  )
})

test('names of secrets and parameters are read out of their ARNs', () => {
  assert.deepEqual(
    [
      'arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-x-AbCdEf',
      'arn:aws:ssm:us-east-1:111122223333:parameter/plain',
      'arn:aws:ssm:us-east-1:111122223333:parameter/a/b',
      'arn:aws:kms:us-east-1:111122223333:key/1',
    ].map(nameIn),
    ['prod/db-x', 'plain', '/a/b', undefined],
  )
})

test('a record that somebody altered in the journal is not answered: the lookup fails, and says where to look', async () => {
  // within a segment, and behind all of them
  for (const sizes of [
    { segment: 10, step: 10 },
    { segment: 1000, step: 40 },
  ]) {
    const t = journal(sizes)
    t.write(some(60))
    assert.equal((await all(t.open(), {})).length, 60)
    const writer = WRITERS[0] as string
    const read = t.db.prepare('select lines from audit_block where writer = ? and sequence = ?')
    const alter = t.db.prepare('update audit_block set lines = ? where writer = ? and sequence = ?')
    for (const sequence of [1, 4]) {
      const { lines } = read.get(writer, sequence) as { lines: string }
      alter.run(lines.replace('"requestID":"r"', '"requestID":"q"'), writer, sequence)
      await assert.rejects(all(t.open(), {}), /altered in the audit journal: see strongroom audit verify/)
      alter.run(lines, writer, sequence)
      assert.equal((await all(t.open(), {})).length, 60)
    }
    // the end of a block cut off, its hashes untouched
    const { lines } = read.get(writer, 4) as { lines: string }
    alter.run(lines.slice(0, lines.lastIndexOf('\n')), writer, 4)
    await assert.rejects(all(t.open(), {}), /audit verify/)
  }
})

test('what is in the store is not kept in memory too: a server that has run for long has no more of it than one that was just started', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const indexDb = new DatabaseSync(':memory:')
  const journaled = journal({ segment: 50, step: 40 }, indexDb)
  journaled.write(some(500))
  const pieces: WeakRef<Uint8Array>[] = []
  const inner = sqliteIndexStore(indexDb, () => {})
  const index = new AuditIndex({
    pages: sqlitePages(journaled.db, () => {}),
    store: {
      ...inner,
      change: (change, more) => {
        for (const { content } of change?.segment?.pieces.values() ?? []) pieces.push(new WeakRef(content))
        return inner.change(change, more)
      },
    },
    ...{ chainKey: key, key, random: systemRandom, writes: true, sizes: { segment: 50, step: 40 } },
  })
  await index.catchUp()
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  assert.ok(pieces.length >= 10, `${pieces.length}`)
  const held = pieces.filter((piece) => piece.deref() !== undefined).length
  assert.ok(held < pieces.length / 2, `${held} of ${pieces.length} pieces are held`)
  assert.deepEqual((await all(index, {})).length, 500)
  await index.close()
})

test('a damaged segment of a version that made larger ones is made anew', async () => {
  const journaled = journal({ segment: 17_000, step: 17_000 })
  journaled.write(some(17_100), 900)
  const index = journaled.open()
  await index.catchUp()
  const [before] = await all(index, {}, 5000)
  await index.close()
  journaled.indexDb.exec("update audit_segment_piece set mac = x'00' where piece = 256")
  const again = journaled.open()
  assert.equal((await all(again, {}, 5000))[0], before)
  assert.ok(journaled.damage.length > 0)
  await again.close()
})

test('who only reads an index is answered however often another process keeps more of it meanwhile', async () => {
  const { db, indexDb, lines, open, write } = journal()
  const one: Made = { user: 1, secret: 1, event: 'GetSecretValue', region: 'us-east-1', ip: 1, late: 0 }
  write(Array.from({ length: 2000 }, () => one))
  const keeper = open()
  for (let n = 0; n < 20; n++) await keeper.step()
  const pages = sqlitePages(db, () => {})
  let looks = 0
  const reader = new AuditIndex({
    pages: {
      ...pages,
      // each look of the reader is another segment of the keeper, and as many records more
      async raw(writer, from, to, units) {
        looks++
        await keeper.step()
        if (looks < 500) write(Array.from({ length: 40 }, () => one))
        return pages.raw(writer, from, to, Math.min(units, 200_000))
      },
    },
    ...{ store: sqliteIndexStore(indexDb, () => {}), chainKey: key, key, random: systemRandom, writes: false },
    sizes: { segment: 200, step: 160 },
  })
  const { records } = await reader.lookup({ limit: 1 })
  assert.equal(records.length, 1)
  assert.ok(looks < 100, `${looks} looks`)
  assert.ok(lines.length > 2000)
  await reader.close()
  await keeper.close()
})
