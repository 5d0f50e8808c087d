import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { journalContract } from '#kernel/audit/contract'
import { openFileJournal, openMemoryJournal } from '#kernel/audit/sqlite-journal'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { verify } from '#kernel/audit/verify'

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'audit-'))
  const file = join(path, 'audit.db')
  const tamper = async (sql: string) => {
    const db = new DatabaseSync(file, { timeout: 5000 })
    db.exec(sql)
    db.close()
  }
  return { file, tamper, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

journalContract('sqlite', async () => {
  const place = await folder()
  return {
    ...place,
    open: (key, writer) => openFileJournal(place.file, key, writer),
    reader: async () => openFileReader(place.file),
  }
})

const key = createSecretKey(Buffer.alloc(32, 7))
const writer = { id: 'aaaaaaaa-0000-4000-8000-000000000001', startedAtMs: 1 }
const line = (n: number) => `event-${n} ${n} 111122223333 us-east-1 {"n":${n}}`
const written = async (file: string) => {
  const reader = openFileReader(file)
  const verdict = await reader.snapshot((snapshot) => verify(snapshot, key))
  const { records } = await reader.last(100)
  await reader.close()
  return { ok: verdict.ok, ids: records.map(({ eventId }) => eventId) }
}

test('the file of the journal is readable by its owner only', async () => {
  await using place = await folder()
  const journal = await openFileJournal(place.file, key, writer)
  await journal.append([line(1)])
  for (const name of ['', '-wal', '-shm']) assert.equal((await stat(place.file + name)).mode & 0o777, 0o600)
  await journal.close()
})

test('a batch that can’t be written (disk full) is rejected whole; after a probe the chain goes on', async () => {
  await using place = await folder()
  const journal = await openFileJournal(place.file, key, writer)
  await journal.append([line(1)])
  await place.tamper(`create trigger full_disk before insert on audit_block when new.lines like '%event-3%'
    begin select raise(rollback, 'database or disk is full'); end`)
  await assert.rejects(journal.append([line(2), line(3)]), /database or disk is full/)
  await place.tamper('drop trigger full_disk')
  await journal.probe()
  await journal.append([line(4)])
  await journal.close()
  assert.deepEqual(await written(place.file), { ok: true, ids: ['event-1', 'event-4'] })
})

test('when the thread dies what waits for it is rejected; a probe starts another, which goes on with the chain', async () => {
  await using place = await folder()
  const threads: Worker[] = []
  const journal = await openFileJournal(place.file, key, writer, {
    started: (thread) => threads.push(thread),
  })
  await journal.append([line(1)])
  const lost = journal.append([line(2)])
  await Promise.all([
    threads[0]?.terminate(),
    // Whether the thread got to it or not, nobody may be told that it is written.
    lost.then(
      () => {},
      (error: Error) => assert.match(error.message, /thread that writes the audit journal has ended/),
    ),
  ])
  await assert.rejects(journal.append([line(3)]), /the audit journal is not open/)
  await journal.probe()
  assert.equal(threads.length, 2)
  await journal.complete([line(2), line(4)])
  await journal.close()
  assert.deepEqual(await written(place.file), { ok: true, ids: ['event-1', 'event-2', 'event-4'] })
})

test('a file that is no journal, or of a newer version, is refused', async () => {
  await using place = await folder()
  await writeFile(place.file, 'this is no database, but it is long enough to be looked at as one'.repeat(20))
  await assert.rejects(openFileJournal(place.file, key, writer), /not a database/)
  assert.throws(() => openFileReader(place.file), /not a database/)
  await using other = await folder()
  const journal = await openFileJournal(other.file, key, writer)
  await journal.close()
  await other.tamper('pragma user_version = 999')
  await assert.rejects(openFileJournal(other.file, key, writer), /newer version of strongroom/)
})

test('the journal in memory chains as well', async () => {
  const journal = openMemoryJournal(key, writer)
  await journal.append([line(1), line(2)])
  await journal.complete([line(2)])
  await journal.probe()
  await journal.close()
  await assert.rejects(journal.append([line(3)]))
})

test('in a shared file a writer has ended when its process has', async () => {
  await using place = await folder()
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => ({ ...writer, id: writer.id.replaceAll('a', letter) }))
  assert.ok(a !== undefined && b !== undefined && c !== undefined)
  const first = await openFileJournal(place.file, key, a)
  await first.close()
  const second = await openFileJournal(place.file, key, b)
  await second.close()
  const { pid } = spawnSync(process.execPath, ['--version'])
  await place.tamper(`update audit_writer set process = ${pid} where writer = '${b.id}'`)
  const journal = await openFileJournal(place.file, key, c, { shared: true })
  assert.deepEqual(await journal.ended([a.id, b.id, 'unknown']), [b.id])
  await journal.close()
})
