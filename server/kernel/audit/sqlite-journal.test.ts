import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { journalContract } from '#kernel/audit/contract'
import { openFileJournal } from '#kernel/audit/sqlite-journal'
import { openFileReader } from '#kernel/audit/sqlite-reader'

journalContract('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'audit-'))
  const file = join(folder, 'audit.db')
  return {
    open: (key, writer) => openFileJournal(file, key, writer),
    reader: async () => openFileReader(file),
    async tamper(sql) {
      const db = new DatabaseSync(file, { timeout: 5000 })
      db.exec(sql)
      db.close()
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
})
