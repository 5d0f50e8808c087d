import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { journalContract } from '#kernel/audit/contract'
import { type AuditPlace, openAuditBasis, openAuditReader } from '#kernel/audit/offline'
import { openPostgresJournal } from '#kernel/audit/postgres-journal'
import { openPostgresReader } from '#kernel/audit/postgres-reader'
import { journalMigrations, outboxMigrations } from '#kernel/audit/schema'
import { verify } from '#kernel/audit/verify'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import { fileSeal } from '#kernel/sealing/seal'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { Secret } from '#kernel/values/bytes'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'

const missing = postgresMissing()
if (missing === undefined) {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  const place = async () => {
    const url = await server.database()
    const clock = systemClock
    const storage = await openPostgres({ url, migrations: journalMigrations, clock, random: systemRandom })
    await storage.close()
    return {
      url,
      async tamper(sql: string) {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        await client.query(sql)
        await client.end()
      },
    }
  }

  journalContract('postgres', async () => {
    const { url, tamper } = await place()
    return {
      open: (key, writer) => openPostgresJournal(url, key, writer),
      reader: () => openPostgresReader(url),
      exact: true,
      tamper,
      [Symbol.asyncDispose]: async () => {},
    }
  })

  const key = createSecretKey(Buffer.alloc(32, 7))
  const writer = { id: 'aaaaaaaa-0000-4000-8000-000000000001', startedAtMs: 1 }
  const line = (n: number) => `event-${n} ${n} 111122223333 us-east-1 {"n":${n},"text":"a\\"b\\\\c{},\\n'ä"}`
  const written = async (url: string) => {
    const reader = await openPostgresReader(url)
    const verdict = await reader.snapshot((snapshot) => verify(snapshot, key))
    const { records } = await reader.last(100)
    await reader.close()
    return { ok: verdict.ok, ids: records.map(({ eventId }) => eventId) }
  }

  test('postgres: a connection that is cut rejects; a probe connects anew and the chain goes on', async () => {
    const { url, tamper } = await place()
    const journal = await openPostgresJournal(url, key, writer)
    await journal.append([line(1)])
    await tamper("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'strongroom audit'")
    await assert.rejects(journal.append([line(2)]))
    await assert.rejects(journal.append([line(3)]))
    await journal.probe()
    await journal.complete([line(2), line(4)])
    await journal.close()
    assert.deepEqual(await written(url), { ok: true, ids: ['event-1', 'event-2', 'event-4'] })
  })

  test('postgres: a batch that can’t be written (disk full) is rejected whole', async () => {
    const { url, tamper } = await place()
    const journal = await openPostgresJournal(url, key, writer)
    await tamper(`create function full_disk() returns trigger language plpgsql as
      $$ begin if new.lines like '%event-2%' then raise exception 'no space left on device' using errcode = '53100'; end if;
      return new; end $$; create trigger full_disk before insert on audit_block for each row execute function full_disk()`)
    await assert.rejects(journal.append([line(1), line(2)]), /no space left on device/)
    await tamper('drop trigger full_disk on audit_block')
    await journal.probe()
    await journal.append([line(3)])
    await journal.close()
    assert.deepEqual(await written(url), { ok: true, ids: ['event-3'] })
  })

  test('postgres: the journal and its key are found from outside of the server, and the store is only read', async () => {
    const url = await server.database()
    const folder = await mkdtemp(join(tmpdir(), 'audit-'))
    const place: AuditPlace = {
      directory: folder,
      database: new Secret(url),
      seal: { kind: 'file', path: join(folder, 'seal.key') },
    }
    try {
      const migrations = [...sealingMigrations, ...outboxMigrations, ...journalMigrations]
      const storage = await openPostgres({ url, migrations, clock: systemClock, random: systemRandom })
      await assert.rejects(openAuditBasis(place), /this store has no keys yet/)
      assert.equal(existsSync(join(folder, 'seal.key')), false)
      const seal = fileSeal(join(folder, 'seal.key'))
      const vault = await openVault({ storage, seal, random: systemRandom })
      const journal = await openPostgresJournal(url, vault.macKey('audit/head'), writer)
      await journal.append([line(1)])
      const reader = await openAuditReader(place)
      const { key: found, known } = await openAuditBasis(place)
      const verdict = await reader.snapshot((snapshot) => verify(snapshot, found))
      assert.deepEqual([verdict.ok, verdict.records, known], [true, 1, undefined])
      await reader.close()
      await journal.close()
      await storage.close()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
} else test('audit journal on PostgreSQL', { skip: missing }, () => {})
