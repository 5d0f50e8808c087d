import assert from 'node:assert/strict'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { type Head, headMac, link } from '#kernel/audit/chain'
import type { Journal, Writer } from '#kernel/audit/journal'
import type { AuditReader } from '#kernel/audit/reader'
import { type Verdict, verify } from '#kernel/audit/verify'

/** An engine with an empty journal in it. */
export interface Place {
  open(key: KeyObject, writer: Writer): Promise<Journal>
  reader(): Promise<AuditReader>
  /** Changes the tables behind the journal's back, as an attacker would. */
  tamper(sql: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const key = createSecretKey(Buffer.alloc(32, 7))
const A = 'aaaaaaaa-0000-4000-8000-000000000001'
const B = 'bbbbbbbb-0000-4000-8000-000000000002'
const C = 'cccccccc-0000-4000-8000-000000000003'

/** Event `n` of a writer: an id and a line. */
const id = (writer: string, n: number) => `01890000-0000-7000-8000-${writer.slice(0, 4)}${String(n).padStart(8, '0')}`
const line = (writer: string, n: number) =>
  `${id(writer, n)} ${1_700_000_000_000 + n} 111122223333 us-east-1 {"eventID":"${id(writer, n)}","n":${n},"text":"ä\\n"}`
const lines = (writer: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => line(writer, from + i))

/** Writer A wrote 1 to 10 in batches of 4, 4, 2; then B opened and wrote 1 to 6 in batches of 3. */
async function fill(place: Place): Promise<void> {
  const a = await place.open(key, { id: A, startedAtMs: 1_700_000_000_000 })
  await a.append(lines(A, 1, 4))
  await a.append(lines(A, 5, 8))
  await a.append(lines(A, 9, 10))
  await a.close()
  const b = await place.open(key, { id: B, startedAtMs: 1_700_000_001_000 })
  await b.append(lines(B, 1, 3))
  await b.append(lines(B, 4, 6))
  await b.close()
}

async function check(place: Place, noted: readonly Head[] = []): Promise<Verdict> {
  const reader = await place.reader()
  try {
    return await reader.snapshot((snapshot) => verify(snapshot, key, noted))
  } finally {
    await reader.close()
  }
}

const short = (verdict: Verdict) =>
  verdict.problems.map(({ kind, writer, sequence, eventId }) =>
    [kind, writer?.slice(0, 1), sequence, eventId?.slice(-2)].filter((part) => part !== undefined).join(' '),
  )

const renumber = (writer: string, from: number, to: number) =>
  `update audit_record set sequence = ${to} where writer = '${writer}' and sequence = ${from};`

/** What an attacker does, and what `verify` says: kind, writer, sequence, end of the event's id. */
const tampering: readonly (readonly [what: string, sql: string, found: readonly string[]])[] = [
  ['nothing', '', []],
  [
    'a record is altered',
    `update audit_record set record = replace(record, '"n":6', '"n":7') where writer = '${A}' and sequence = 6`,
    ['altered a 6 06'],
  ],
  [
    'the time of a record is altered',
    `update audit_record set event_time = 1 where writer = '${A}' and sequence = 6`,
    ['altered a 6 06'],
  ],
  [
    'the account of a record is altered',
    `update audit_record set account = '999999999999' where writer = '${B}' and sequence = 6`,
    ['altered b 6 06'],
  ],
  [
    'the event id of a record is altered',
    `update audit_record set event_id = 'other-99' where writer = '${B}' and sequence = 1`,
    ['altered b 1 99'],
  ],
  [
    'the last record is altered',
    `update audit_record set record = '{}' where writer = '${A}' and sequence = 10`,
    ['altered a 10 10'],
  ],
  [
    'a record in the middle is removed',
    `delete from audit_record where writer = '${A}' and sequence = 6`,
    ['missing a 6'],
  ],
  [
    'several records are removed',
    `delete from audit_record where writer = '${A}' and sequence between 2 and 5`,
    ['missing a 2'],
  ],
  ['the last record is removed', `delete from audit_record where writer = '${A}' and sequence = 10`, ['missing a 10']],
  [
    'the last record is removed and the head put back',
    `delete from audit_record where writer = '${B}' and sequence = 6; update audit_writer set sequence = 5, hash = (select hash from audit_record where writer = '${B}' and sequence = 5) where writer = '${B}'`,
    ['head b'],
  ],
  [
    'the tail is cut at the end of a batch, and its MAC put into the head (found by the next opening)',
    `delete from audit_record where writer = '${A}' and sequence > 8;
     update audit_writer set sequence = 8, hash = (select hash from audit_record where writer = '${A}' and sequence = 8),
       mac = (select mac from audit_record where writer = '${A}' and sequence = 8) where writer = '${A}'`,
    ['missing a 10'],
  ],
  ['the opening is removed', `delete from audit_record where writer = '${B}' and sequence = 0`, ['missing b 0']],
  [
    'two records change places',
    renumber(A, 6, 99) + renumber(A, 7, 6) + renumber(A, 99, 7),
    ['altered a 6 07', 'altered a 7 06', 'altered a 8 08'],
  ],
  [
    'records of two writers change places',
    `update audit_record set writer = 'x' where writer = '${A}' and sequence = 2;
     update audit_record set writer = '${A}' where writer = '${B}' and sequence = 2;
     update audit_record set writer = '${B}' where writer = 'x'`,
    ['altered a 2 02', 'altered a 3 03', 'altered b 2 02', 'altered b 3 03'],
  ],
  [
    'a record is put in after the end',
    `insert into audit_record values ('${B}', 7, 'new-07', 1, '111122223333', 'us-east-1', '{}', '00', null)`,
    ['surplus b 7 07'],
  ],
  [
    'a record is put in in the middle',
    [6, 5, 4].map((n) => renumber(B, n, n + 1)).join('') +
      `insert into audit_record values ('${B}', 4, 'new-77', 1, '111122223333', 'us-east-1', '{}', '00', null)`,
    ['altered b 4 77', 'altered b 5 04', 'altered b 6 05', 'surplus b 7 06', 'head b 6 05'],
  ],
  [
    'the hash of a record is altered',
    `update audit_record set hash = '${'1'.repeat(64)}' where writer = '${A}' and sequence = 6`,
    ['altered a 6 06', 'altered a 7 07'],
  ],
  [
    'the MAC of a batch is altered',
    `update audit_record set mac = '${'1'.repeat(64)}' where writer = '${A}' and sequence = 8`,
    ['forged a 8 08'],
  ],
  ['the head is altered', `update audit_writer set hash = '${'1'.repeat(64)}' where writer = '${A}'`, ['head a']],
  [
    'the number of a head is altered',
    `update audit_writer set sequence = 9 where writer = '${A}'`,
    ['surplus a 10 10', 'head a', 'missing a 10'],
  ],
  ['the MAC of a head is altered', `update audit_writer set mac = '' where writer = '${B}'`, ['head b']],
  [
    'a writer is removed',
    `delete from audit_record where writer = '${A}'; delete from audit_writer where writer = '${A}'`,
    ['writer', 'writer a'],
  ],
  [
    'the last writer is removed',
    `delete from audit_record where writer = '${B}'; delete from audit_writer where writer = '${B}'`,
    ['writer'],
  ],
  [
    'the last writer is removed, the register adapted',
    `delete from audit_record where writer = '${B}'; delete from audit_writer where writer = '${B}'; update audit_register set count = 1`,
    ['register', 'register'],
  ],
  ['the records of a writer are removed', `delete from audit_record where writer = '${B}'`, ['missing b']],
  ['a writer is taken off the register', `delete from audit_writer where writer = '${A}'`, ['writer', 'writer a']],
  ['the register is removed', 'delete from audit_register', ['register']],
  [
    'a writer is added',
    `insert into audit_record values ('${C}', 0, 'new-00', 1, '-', '-', '{}', '00', null)`,
    ['writer c', 'altered c 0 00'],
  ],
]

/** The suite that every engine's journal passes. `make` gives an empty one. */
export function journalContract(engine: string, make: () => Promise<Place>): void {
  for (const [what, sql, found] of tampering) {
    test(`${engine}: verify finds that ${what}`, async () => {
      await using place = await make()
      await fill(place)
      if (sql !== '') await place.tamper(sql)
      const verdict = await check(place)
      assert.deepEqual(short(verdict), found, verdict.problems.map(({ text }) => text).join('\n'))
      assert.equal(verdict.ok, found.length === 0)
      if (verdict.ok) assert.deepEqual([verdict.records, verdict.writers], [16, 2])
    })
  }

  test(`${engine}: verify finds a chain computed anew without the key, and names the batch`, async () => {
    await using place = await make()
    await fill(place)
    const reader = await place.reader()
    const records = await reader.snapshot(async (snapshot) => Array.fromAsync(snapshot.records()))
    await reader.close()
    let hash = ''
    let sql = ''
    for (const { writer, sequence, record, eventId, eventTime, account, region, ...old } of records) {
      if (writer !== A) continue
      const text = sequence === 6 ? record.replace('"n":6', '"n":0') : record
      hash = sequence < 6 ? old.hash : link(hash, A, sequence, `${eventId} ${eventTime} ${account} ${region} ${text}`)
      sql += `update audit_record set record = '${text}', hash = '${hash}' where writer = '${A}' and sequence = ${sequence};`
    }
    await place.tamper(`${sql} update audit_writer set hash = '${hash}' where writer = '${A}'`)
    const verdict = await check(place)
    assert.deepEqual(short(verdict), ['forged a 8 08', 'forged a 10 10', 'anchor a 10 10', 'head a'])
    assert.match(verdict.problems[0]?.text ?? '', /one or more of the records 5 to 8 of writer aaaaaaaa/)
  })

  test(`${engine}: a head noted earlier shows that the whole journal was set back`, async () => {
    await using place = await make()
    await fill(place)
    const noted = (await check(place)).heads
    assert.deepEqual(
      noted.map(({ writer, sequence }) => [writer, sequence]),
      [
        [A, 10],
        [B, 6],
      ],
    )
    assert.equal((await check(place, noted)).ok, true)
    await place.tamper(
      `delete from audit_record where writer = '${B}' and sequence > 3;
       update audit_writer set sequence = 3, hash = (select hash from audit_record where writer = '${B}' and sequence = 3),
         mac = (select mac from audit_record where writer = '${B}' and sequence = 3) where writer = '${B}'`,
    )
    assert.deepEqual(short(await check(place)), [])
    assert.deepEqual(short(await check(place, noted)), ['missing b 6'])
  })

  test(`${engine}: with another key nothing is authentic`, async () => {
    await using place = await make()
    await fill(place)
    const other = createSecretKey(Buffer.alloc(32, 8))
    await assert.rejects(place.open(other, { id: C, startedAtMs: 0 }), /register of the audit journal is not authentic/)
    const reader = await place.reader()
    const verdict = await reader.snapshot((snapshot) => verify(snapshot, other))
    await reader.close()
    assert.equal(verdict.ok, false)
    assert.ok(verdict.problems.some(({ kind }) => kind === 'register'))
  })

  test(`${engine}: an event is in the journal once, also when it comes again in another batch or writer`, async () => {
    await using place = await make()
    const a = await place.open(key, { id: A, startedAtMs: 0 })
    await a.append(lines(A, 1, 3))
    await a.append([line(A, 2), line(A, 4), line(A, 4)])
    await a.append([line(A, 1)])
    const b = await place.open(key, { id: B, startedAtMs: 0 })
    await b.append([line(A, 3), line(B, 1)])
    await a.close()
    await b.close()
    const reader = await place.reader()
    const { records } = await reader.last(10)
    assert.deepEqual(
      records.map(({ writer, sequence, eventId }) => [writer, sequence, eventId]),
      [
        [A, 1, id(A, 1)],
        [B, 1, id(B, 1)],
        [A, 2, id(A, 2)],
        [A, 3, id(A, 3)],
        [A, 4, id(A, 4)],
      ],
    )
    await reader.close()
    assert.equal((await check(place)).ok, true)
  })

  test(`${engine}: writers append side by side, and a probe leaves the chain as it is`, async () => {
    await using place = await make()
    const writers = await Promise.all(
      [A, B, C].map(async (writer) => ({ writer, journal: await place.open(key, { id: writer, startedAtMs: 0 }) })),
    )
    await Promise.all(
      writers.map(async ({ writer, journal }) => {
        for (let n = 1; n <= 20; n++) await journal.append([line(writer, n)])
        await journal.probe()
        await Promise.all([journal.append([line(writer, 21)]), journal.append([line(writer, 22)])])
      }),
    )
    for (const { journal } of writers) await journal.close()
    const verdict = await check(place)
    assert.deepEqual([verdict.problems, verdict.records, verdict.writers], [[], 66, 3])
  })

  test(`${engine}: a head that is changed under a running writer stops it`, async () => {
    await using place = await make()
    const a = await place.open(key, { id: A, startedAtMs: 0 })
    await a.append(lines(A, 1, 2))
    await place.tamper(`update audit_writer set hash = '${'1'.repeat(64)}' where writer = '${A}'`)
    await assert.rejects(a.append([line(A, 3)]), /head of this audit chain/)
    await assert.rejects(a.probe(), /head of this audit chain is not authentic/)
    await a.close()
  })

  test(`${engine}: a running writer whose chain was set back to an authentic head stops`, async () => {
    await using place = await make()
    const a = await place.open(key, { id: A, startedAtMs: 0 })
    await a.append([line(A, 1)])
    await a.append([line(A, 2)])
    await place.tamper(
      `delete from audit_record where writer = '${A}' and sequence = 2;
       update audit_writer set sequence = 1, hash = (select hash from audit_record where writer = '${A}' and sequence = 1),
         mac = (select mac from audit_record where writer = '${A}' and sequence = 1) where writer = '${A}'`,
    )
    await assert.rejects(a.append([line(A, 3)]), /head of this audit chain/)
    await assert.rejects(a.probe(), /head of this audit chain is not authentic/)
    await a.close()
  })

  test(`${engine}: the reader gives the newest records, and goes on from there while a server writes`, async () => {
    await using place = await make()
    await fill(place)
    const reader = await place.reader()
    const { records, position } = await reader.last(3)
    assert.deepEqual(
      records.map(({ eventId }) => eventId),
      [id(B, 4), id(B, 5), id(B, 6)],
    )
    const c = await place.open(key, { id: C, startedAtMs: 0 })
    await c.append(lines(C, 1, 2))
    const next = await reader.after(position)
    assert.deepEqual(
      next.records.map(({ record }) => record),
      lines(C, 1, 2).map((each) => each.slice(each.indexOf('{'))),
    )
    assert.deepEqual((await reader.after(next.position)).records, [])
    await c.close()
    await reader.close()
  })

  test(`${engine}: the MAC of a batch is that of its last record`, async () => {
    await using place = await make()
    await fill(place)
    const reader = await place.reader()
    const records = await reader.snapshot(async (snapshot) => Array.fromAsync(snapshot.records()))
    await reader.close()
    const marked = records.filter(({ mac }) => mac !== null)
    assert.deepEqual(
      marked.map(({ sequence }) => sequence),
      [0, 4, 8, 10, 0, 3, 6],
    )
    for (const record of marked) assert.equal(record.mac, headMac(key, record))
  })
}
