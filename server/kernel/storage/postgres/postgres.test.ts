import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { contractMigrations, storageContract } from '#kernel/storage/contract'
import { type Postgres, postgresMissing, startPostgres } from '../../../test/postgres.ts'
import { openPostgres } from './postgres.ts'

const missing = postgresMissing()
if (missing === undefined) {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  storageContract('PostgreSQL', { restarts: true, nodes: true }, async (migrations) => {
    const url = await server.database()
    const open = (list = migrations) =>
      openPostgres({ url, migrations: list, clock: systemClock, random: systemRandom })
    const storage = await open()
    return { storage, again: open, [Symbol.asyncDispose]: () => storage.close() }
  })
} else test('PostgreSQL', { skip: missing }, () => {})
