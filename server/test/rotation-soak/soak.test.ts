import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mariadbMissing } from '../mariadb.ts'
import { postgresMissing } from '../postgres.ts'
import { startDatabase } from './database.ts'
import { soak } from './rounds.ts'

// The long form is `npm run rotation:soak`: 200 rotations of each kind.
for (const [engine, mode, missing] of [
  ['postgres', 'kill', postgresMissing()],
  ['mariadb', 'cut', mariadbMissing()],
] as const)
  test(`${engine}, ${mode}: no login of an application is refused, and secret and database agree behind each rotation`, {
    skip: missing ?? false,
  }, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'strongroom-rotation-'))
    const seed = Number(process.env.SOAK_SEED ?? process.pid)
    try {
      await using database = await startDatabase(engine)
      const figures = await soak({ directory, database, mode, rotations: 3, seed })
      t.diagnostic(`seed ${seed}: ${JSON.stringify(figures)}`)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
