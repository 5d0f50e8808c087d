import assert from 'node:assert/strict'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { type Block, entriesOf } from '#kernel/audit/block'
import { type Head, headMac, link, type Register } from '#kernel/audit/chain'
import type { Journal, Writer } from '#kernel/audit/journal'
import type { AuditReader, Position } from '#kernel/audit/reader'
import { type Verdict, verify } from '#kernel/audit/verify'

/** An engine with an empty journal in it. */
export interface Place {
  open(key: KeyObject, writer: Writer): Promise<Journal>
  reader(): Promise<AuditReader>
  /** Writers know of each other's end. */
  readonly exact?: boolean
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
  `${id(writer, n)} ${timeOf(writer) + n} 111122223333 us-east-1 {"eventID":"${id(writer, n)}","n":${n},"text":"ä\\n"}`
/** Writers come one after the other. */
const timeOf = (writer: string) => 1_700_000_000_000 + [A, B, C].indexOf(writer) * 10_000
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

async function check(place: Place, noted: readonly Head[] = [], known?: Register): Promise<Verdict> {
  const reader = await place.reader()
  try {
    return await reader.snapshot((snapshot) => verify(snapshot, key, noted, known))
  } finally {
    await reader.close()
  }
}

const short = (verdict: Verdict) =>
  verdict.problems.map(({ kind, writer, sequence, eventId }) =>
    [kind, writer?.slice(0, 1), sequence, eventId?.slice(-2)].filter((part) => part !== undefined).join(' '),
  )

type Tamper = (place: Place) => Promise<void>

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const sql =
  (text: string): Tamper =>
  (place) =>
    place.tamper(text)
/** Rewrites what a block holds: texts of the form `sequence hash line`. */
const rewrite =
  (writer: string, block: number, edit: (records: readonly string[]) => readonly string[], more = ''): Tamper =>
  async (place) => {
    const { lines: text } = (await blocksOf(place)).find(
      (each) => each.writer === writer && each.sequence === block,
    ) as Block
    const changed = quoted(edit(text.split('\n')).join('\n'))
    await place.tamper(
      `update audit_block set lines = ${changed} ${more} where writer = '${writer}' and sequence = ${block}`,
    )
  }

async function blocksOf(place: Place): Promise<Block[]> {
  const reader = await place.reader()
  try {
    return await reader.snapshot(({ blocks }) => Array.fromAsync(blocks()))
  } finally {
    await reader.close()
  }
}

const at = (writer: string, block: number) => `where writer = '${writer}' and sequence = ${block}`
const swap = (records: readonly string[], i: number, j: number) =>
  records.with(i, records[j] as string).with(j, records[i] as string)
/** The same text under another number. */
const numbered = (record: string, sequence: number) => record.replace(/^\d+/, String(sequence))
const FAKE = '1'.repeat(64)

/** What an attacker does, and what `verify` says: kind, writer, sequence, end of the event's id. */
const tampering: readonly (readonly [what: string, tamper: Tamper, found: readonly string[]])[] = [
  ['nothing', async () => {}, []],
  ...(['lines', 'count', 'first_time', 'last_time', 'hash', 'mac'] as const).map(
    (column) =>
      [
        `the column ${column} of a block is altered`,
        sql(
          `update audit_block set ${column} = ${
            column === 'lines'
              ? `replace(lines, '"n":6', '"n":7')`
              : column === 'hash' || column === 'mac'
                ? `'${FAKE}'`
                : `${column} + 1`
          } ${at(A, 5)}`,
        ),
        [column === 'lines' ? 'altered a 6 06' : column === 'mac' ? 'forged a 8 08' : 'altered a 5 05'],
      ] as const,
  ),
  [
    'the time of a record is altered',
    rewrite(A, 5, (records) => records.map((text) => text.replace(' 1700000000006 ', ' 1700000000106 '))),
    ['altered a 6 06'],
  ],
  [
    'the account of the last record is altered',
    rewrite(B, 4, (records) => records.with(2, (records[2] as string).replace('111122223333', '999999999999'))),
    ['altered b 6 06'],
  ],
  [
    'the event id of a record is altered',
    rewrite(B, 1, (records) => records.map((text) => text.replaceAll(id(B, 1), 'other-99'))),
    ['altered b 1 99'],
  ],
  [
    'a record is no record any more',
    rewrite(A, 5, (records) => records.with(1, 'x')),
    ['altered a 6 le', 'altered a 7 07'],
  ],
  [
    'a record in the middle of a block is removed',
    rewrite(A, 5, (records) => records.toSpliced(1, 1)),
    ['missing a 6'],
  ],
  [
    'a record is removed and the count adapted',
    rewrite(A, 5, (records) => records.toSpliced(1, 1), ', count = 3'),
    ['missing a 6'],
  ],
  [
    'a record is removed and the others take its place',
    rewrite(A, 5, (records) => [...records.toSpliced(1, 1).map((text, i) => numbered(text, 5 + i))]),
    ['altered a 6 07', 'altered a 7 08', 'missing a 8'],
  ],
  ['a block is removed', sql(`delete from audit_block ${at(A, 5)}`), ['missing a 5']],
  ['the last block is removed', sql(`delete from audit_block ${at(A, 9)}`), ['missing a 9']],
  ['the last record is removed', rewrite(A, 9, (records) => records.slice(0, 1)), ['forged a 9 09', 'missing a 10']],
  [
    'the last block is removed and the head put back',
    sql(`delete from audit_block ${at(B, 4)};
      update audit_writer set sequence = 3, hash = (select hash from audit_block ${at(B, 1)}) where writer = '${B}'`),
    ['head b'],
  ],
  [
    'the tail is cut at the end of a block, and its MAC put into the head (found by the next opening)',
    sql(`delete from audit_block ${at(A, 9)};
      update audit_writer set sequence = 8, hash = (select hash from audit_block ${at(A, 5)}),
        mac = (select mac from audit_block ${at(A, 5)}) where writer = '${A}'`),
    ['missing a 10'],
  ],
  ['the opening is removed', sql(`delete from audit_block ${at(B, 0)}`), ['missing b 0']],
  ['two records change places', rewrite(A, 5, (records) => swap(records, 1, 2)), ['missing a 6', 'altered a 6 06']],
  [
    'two records change places and numbers',
    rewrite(A, 5, (records) => swap(records, 1, 2).map((text, i) => numbered(text, 5 + i))),
    ['altered a 6 07', 'altered a 7 06', 'altered a 8 08'],
  ],
  [
    'blocks of two writers change places',
    sql(`update audit_block set writer = 'x' ${at(A, 1)}; update audit_block set writer = '${A}' ${at(B, 1)};
      update audit_block set writer = '${B}' ${at('x', 1)}`),
    [
      ...['altered a 1 01', 'altered a 2 02', 'altered a 3 03', 'missing a 4'],
      ...['altered b 1 01', 'altered b 2 02', 'altered b 3 03', 'altered b 4 04', 'altered b 4 04', 'altered b 5 05'],
    ],
  ],
  [
    'a record is put in after the end',
    rewrite(B, 4, (records) => [...records, `7 ${FAKE} new-07 1 111122223333 us-east-1 {}`]),
    ['surplus b 7 07'],
  ],
  [
    'a block is put in after the end',
    sql(`insert into audit_block values ('${B}', 7, 1, 1, 1, '00', '00', '7 00 new-07 1 1 r {}')`),
    ['surplus b 7 07'],
  ],
  [
    'a record is put in in the middle',
    rewrite(B, 4, (records) => [
      `4 ${FAKE} new-77 1 111122223333 us-east-1 {}`,
      ...records.map((text, i) => numbered(text, 5 + i)),
    ]),
    ['altered b 4 77', 'altered b 5 04', 'altered b 6 05', 'surplus b 7 06', 'head b 6 05'],
  ],
  ['a record stands there twice', rewrite(A, 5, (records) => [records[0] as string, ...records]), ['altered a 5 05']],
  [
    'the hash of a record is altered',
    rewrite(A, 5, (records) => records.map((text) => text.replace(/^6 \w+/, `6 ${FAKE}`))),
    ['altered a 6 06', 'altered a 7 07'],
  ],
  ['the number of a block is altered', sql(`update audit_block set sequence = 4 ${at(A, 5)}`), ['altered a 4 05']],
  ['the head is altered', sql(`update audit_writer set hash = '${FAKE}' where writer = '${A}'`), ['head a']],
  [
    'the number of a head is altered',
    sql(`update audit_writer set sequence = 9 where writer = '${A}'`),
    ['surplus a 10 10', 'forged a 9 09', 'head a', 'missing a 10'],
  ],
  ['the MAC of a head is altered', sql(`update audit_writer set mac = '' where writer = '${B}'`), ['head b']],
  [
    'a writer is removed',
    sql(`delete from audit_block where writer = '${A}'; delete from audit_writer where writer = '${A}'`),
    ['writer', 'writer a'],
  ],
  [
    'the last writer is removed',
    sql(`delete from audit_block where writer = '${B}'; delete from audit_writer where writer = '${B}'`),
    ['writer'],
  ],
  [
    'the last writer is removed, the register adapted',
    sql(`delete from audit_block where writer = '${B}'; delete from audit_writer where writer = '${B}';
      update audit_register set count = 1`),
    ['register', 'register'],
  ],
  ['the records of a writer are removed', sql(`delete from audit_block where writer = '${B}'`), ['missing b']],
  ['a writer is taken off the register', sql(`delete from audit_writer where writer = '${A}'`), ['writer', 'writer a']],
  ['the register is removed', sql('delete from audit_register'), ['register']],
  [
    'a writer is added',
    sql(`insert into audit_block values ('${C}', 0, 1, 1, 1, '00', '00', '0 00 new-00 1 - - {}')`),
    ['writer c', 'altered c 0 00'],
  ],
]

/** The suite that every engine's journal passes. `make` gives an empty one. */
export function journalContract(engine: string, make: () => Promise<Place>): void {
  for (const [what, tamper, found] of tampering) {
    test(`${engine}: verify finds that ${what}`, async () => {
      await using place = await make()
      await fill(place)
      await tamper(place)
      const verdict = await check(place)
      assert.deepEqual(short(verdict), found, verdict.problems.map(({ text }) => text).join('\n'))
      assert.equal(verdict.ok, found.length === 0)
      if (verdict.ok) assert.deepEqual([verdict.records, verdict.writers], [16, 2])
    })
  }

  test(`${engine}: verify finds a chain computed anew without the key, and names the batch`, async () => {
    await using place = await make()
    await fill(place)
    let before = ''
    let statements = ''
    for (const block of await blocksOf(place)) {
      if (block.writer !== A) continue
      const texts = entriesOf(block).map(({ sequence, hash, line: old }) => {
        const text = sequence === 6 ? old.replace('"n":6', '"n":0') : old
        before = sequence < 6 ? hash : link(before, A, sequence, text)
        return `${sequence} ${before} ${text}`
      })
      statements += `update audit_block set lines = ${quoted(texts.join('\n'))}, hash = '${before}' ${at(A, block.sequence)};`
    }
    await place.tamper(`${statements} update audit_writer set hash = '${before}' where writer = '${A}'`)
    const verdict = await check(place)
    assert.deepEqual(short(verdict), ['forged a 8 08', 'anchor a 10 10', 'forged a 10 10', 'head a'])
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
      `delete from audit_block where writer = '${B}' and sequence > 3;
       update audit_writer set sequence = 3, hash = (select hash from audit_block ${at(B, 1)}),
         mac = (select mac from audit_block ${at(B, 1)}) where writer = '${B}'`,
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

  test(`${engine}: what is completed is in the journal once, whichever batch or writer had it before`, async () => {
    await using place = await make()
    const a = await place.open(key, { id: A, startedAtMs: 0 })
    await a.append(lines(A, 1, 3))
    await a.complete([line(A, 2), line(A, 4), line(A, 4)])
    await a.complete([line(A, 1)])
    const b = await place.open(key, { id: B, startedAtMs: 0 })
    await b.complete([line(A, 3), line(B, 1)])
    await a.close()
    await b.close()
    const reader = await place.reader()
    const { records } = await reader.last(10)
    assert.deepEqual(
      records.map(({ writer, sequence, eventId }) => [writer, sequence, eventId]),
      [
        [A, 1, id(A, 1)],
        [A, 2, id(A, 2)],
        [A, 3, id(A, 3)],
        [A, 4, id(A, 4)],
        [B, 1, id(B, 1)],
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
      `delete from audit_block ${at(A, 2)};
       update audit_writer set sequence = 1, hash = (select hash from audit_block ${at(A, 1)}),
         mac = (select mac from audit_block ${at(A, 1)}) where writer = '${A}'`,
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

  test(`${engine}: a block says what it holds, and its MAC is that of its last record`, async () => {
    await using place = await make()
    await fill(place)
    const blocks = await blocksOf(place)
    assert.deepEqual(
      blocks.map(({ writer, sequence, count, firstTime, lastTime }) => [
        ...[writer[0], sequence, count],
        ...[firstTime, lastTime].map((time) => time % 1000),
      ]),
      [
        ['a', 0, 1, 0, 0],
        ['a', 1, 4, 1, 4],
        ['a', 5, 4, 5, 8],
        ['a', 9, 2, 9, 10],
        ['b', 0, 1, 0, 0],
        ['b', 1, 3, 1, 3],
        ['b', 4, 3, 4, 6],
      ],
    )
    for (const { writer, sequence, count, hash, mac } of blocks)
      assert.equal(mac, headMac(key, { writer, sequence: sequence + count - 1, hash }))
  })

  test(`${engine}: a large batch becomes several blocks, all or nothing, and is followed from any position`, async () => {
    await using place = await make()
    const a = await place.open(key, { id: A, startedAtMs: 0 })
    await a.append(lines(A, 1, 2300))
    await a.append([`${id(A, 2301)} 1 1 r {"big":"${'x'.repeat(2 ** 20)}"}`, line(A, 2302)])
    await a.close()
    assert.deepEqual(
      (await blocksOf(place)).map(({ sequence, count }) => [sequence, count]),
      [
        [0, 1],
        [1, 1000],
        [1001, 1000],
        [2001, 300],
        [2301, 1],
        [2302, 1],
      ],
    )
    assert.deepEqual((await check(place)).problems, [])
    const reader = await place.reader()
    for (const from of [0, 999, 1000, 1500]) {
      const seen: number[] = []
      for (let position: Position = new Map([[A, from]]); ; ) {
        const found = await reader.after(position)
        if (found.records.length === 0) break
        position = found.position
        seen.push(...found.records.map(({ sequence }) => sequence))
      }
      assert.deepEqual(
        seen.toSorted((x, y) => x - y),
        Array.from({ length: 2302 - from }, (_, i) => from + 1 + i),
      )
    }
    assert.deepEqual((await reader.last(0)).records, [])
    await reader.close()
  })

  test(`${engine}: a journal that does not go back to what is known of it is not opened, and verify tells`, async () => {
    await using place = await make()
    const a = await place.open(key, { id: A, startedAtMs: 0 })
    const first = a.register
    await a.close()
    const b = await place.open(key, { id: B, startedAtMs: 0, known: first })
    const known = b.register
    assert.deepEqual([first.count, known.count], [1, 2])
    await b.close()
    assert.deepEqual(short(await check(place, [], known)), [])
    await assert.rejects(
      place.open(key, { id: C, startedAtMs: 0, known: { ...known, count: 3 } }),
      /the audit journal is not the one that the store knows/,
    )
    await assert.rejects(
      place.open(key, { id: C, startedAtMs: 0, known: { ...known, hash: first.hash } }),
      /the audit journal is not the one that the store knows/,
    )
    assert.deepEqual(short(await check(place, [], { ...known, count: 3 })), ['register'])
    assert.deepEqual(short(await check(place, [], { ...known, hash: first.hash })), ['register b 0 02'])
    await using empty = await make()
    await assert.rejects(empty.open(key, { id: C, startedAtMs: 0, known }), /the audit journal is missing/)
    const c = await empty.open(key, { id: C, startedAtMs: 0 })
    await c.close()
  })

  test(`${engine}: a writer that is there appends for nobody else`, async () => {
    await using place = await make()
    const a = await place.open(key, { id: A, startedAtMs: 0 })
    const b = await place.open(key, { id: B, startedAtMs: 0 })
    assert.deepEqual(await b.ended([A, C]), place.exact === true ? [C] : [A, C])
    await a.close()
    assert.deepEqual(await b.ended([A]), [A])
    await b.close()
  })
}
