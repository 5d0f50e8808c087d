import pg from 'pg'
import type { Clock } from '#kernel/clock'
import { schemaStatements } from '#kernel/storage/dialect'
import { StorageError } from '#kernel/storage/error'
import { type Applied, checksumOf, migrationTable, pending, storageMigrations } from '#kernel/storage/migrate'
import type { Migration } from '#kernel/storage/migration'
import { engineError } from './errors.ts'

/** Any number, the same on all nodes: the key of the advisory lock under which one node at a time migrates. */
const LOCK_KEY = 7_303_014_401

/** Brings the store to the state that this program expects, one node at a time, each migration in one transaction. */
export async function migrate(
  config: pg.ClientConfig,
  migrations: readonly Migration[],
  clock: Clock,
  warn: (problem: unknown) => void,
): Promise<void> {
  const client = new pg.Client({ ...config, statement_timeout: 0, lock_timeout: 0, query_timeout: 0 })
  client.on('error', warn)
  try {
    await client.connect()
    await check(client, warn)
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY])
    for (const sql of schemaStatements(migrationTable, 'postgres')) await client.query(sql)
    const { rows } = await client.query<Applied>('select name, checksum from schema_migration')
    for (const migration of pending([...storageMigrations, ...migrations], rows)) await apply(client, migration, clock)
  } catch (error) {
    throw engineError('opening the database', error)
  } finally {
    // gives the lock back too
    await client.end().catch(warn)
  }
}

async function check(client: pg.Client, warn: (problem: unknown) => void): Promise<void> {
  const { rows } = await client.query<Record<string, string | number>>(
    `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
     pg_is_in_recovery() as standby, current_setting('fsync') as fsync`,
  )
  const { version, encoding, standby, fsync } = rows[0] ?? {}
  if (Number(version) < 140_000)
    throw new StorageError('PostgreSQL is too old', { hint: 'version 14 or newer is needed' })
  if (encoding !== 'UTF8')
    throw new StorageError(`the database is encoded in ${encoding}`, { hint: "create database … encoding 'UTF8'" })
  if (standby === 1)
    throw new StorageError('the database is a standby, which can not be written', { hint: 'name the primary' })
  if (fsync === 'off') warn(new StorageError('PostgreSQL runs with fsync off: a power cut loses what was acknowledged'))
}

async function apply(client: pg.Client, migration: Migration, clock: Clock): Promise<void> {
  await client.query('begin')
  try {
    for (const sql of schemaStatements(migration.sql, 'postgres')) await client.query(sql)
    await client.query('insert into schema_migration (name, applied_at, checksum) values ($1, $2, $3)', [
      migration.name,
      clock.now(),
      checksumOf(migration),
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw engineError(`migration ${migration.name}`, error)
  }
}
