import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Register } from '#kernel/audit/chain'
import { noted, openNoted } from '#kernel/audit/note'
import { outboxMigrations } from '#kernel/audit/schema'
import { openFileJournal } from '#kernel/audit/sqlite-journal'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'

const key = createSecretKey(Buffer.alloc(32, 7))

async function installation() {
  const path = await mkdtemp(join(tmpdir(), 'audit-note-'))
  const storage = await openSqlite({ file: ':memory:', migrations: outboxMigrations, clock: systemClock })
  const start = async (anew = false) => {
    const journal = await openNoted(storage, key, anew, (known: Register | undefined) =>
      openFileJournal(join(path, 'audit.db'), key, {
        id: systemRandom.uuid(),
        startedAtMs: 0,
        ...(known === undefined ? {} : { known }),
      }),
    )
    await journal.close()
    return journal.register.count
  }
  const known = async () => (await noted(storage, key))?.count
  const lose = () => Promise.all(['', '-wal', '-shm'].map((end) => rm(join(path, `audit.db${end}`), { force: true })))
  return {
    storage,
    start,
    known,
    lose,
    async [Symbol.asyncDispose]() {
      await storage.close()
      await rm(path, { recursive: true })
    },
  }
}

test('each start notes where the register stands, and goes on from there', async () => {
  await using server = await installation()
  assert.equal(await server.known(), undefined)
  assert.deepEqual([await server.start(), await server.known()], [1, 1])
  assert.deepEqual([await server.start(), await server.known()], [2, 2])
})

test('a journal that was removed keeps the server from starting, again and again, until that is accepted', async () => {
  await using server = await installation()
  await server.start()
  await server.start()
  await server.lose()
  const missing = { message: /the audit journal is missing: the store knows one with 2 writers/ }
  await assert.rejects(server.start(), { ...missing, hint: /--accept-audit-journal/ })
  await assert.rejects(server.start(), missing)
  assert.equal(await server.known(), 2)
  assert.deepEqual([await server.start(true), await server.known()], [1, 1])
  assert.deepEqual([await server.start(), await server.known()], [2, 2])
})

test('a note that was altered keeps the server from starting, until that is accepted', async () => {
  await using server = await installation()
  await server.start()
  await server.storage.unit('write', (unit) => unit.run(statement('test/alter', 'update audit_note set count = 0'), {}))
  await assert.rejects(server.start(), /what the store notes about the audit journal is not authentic/)
  assert.equal(await server.start(true), 2)
  assert.equal(await server.known(), 2)
})
