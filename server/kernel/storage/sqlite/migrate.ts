import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '#kernel/clock'
import { schemaStatements } from '#kernel/storage/dialect'
import { StorageError } from '#kernel/storage/error'
import { type Applied, checksumOf, migrationTable, pending, storageMigrations } from '#kernel/storage/migrate'
import type { Migration } from '#kernel/storage/migration'
import { engineError } from './unit.ts'

/** Brings the store to the state that this program expects; each migration in one transaction. Throws StorageError. */
export function migrate(database: DatabaseSync, migrations: readonly Migration[], clock: Clock): void {
  const all = [...storageMigrations, ...migrations]
  refuseForeign(database)
  for (const sql of schemaStatements(migrationTable, 'sqlite')) database.exec(sql)
  for (const migration of pending(all, applied(database))) apply(database, migration, clock)
}

function refuseForeign(database: DatabaseSync): void {
  const names = database
    .prepare("select name from sqlite_schema where type = 'table'")
    .all()
    .map((row) => row.name)
  if (names.length > 0 && !names.includes('schema_migration'))
    throw new StorageError('the file is a database, but not one of strongroom', { hint: 'give another path to --data' })
}

function applied(database: DatabaseSync): Applied[] {
  return database.prepare('select name, checksum from schema_migration').all() as unknown as Applied[]
}

function apply(database: DatabaseSync, migration: Migration, clock: Clock): void {
  database.exec('begin immediate')
  try {
    // another process may have been faster
    if (!applied(database).some(({ name }) => name === migration.name)) {
      for (const sql of schemaStatements(migration.sql, 'sqlite')) database.exec(sql)
      database
        .prepare('insert into schema_migration (name, applied_at, checksum) values (?, ?, ?)')
        .run(migration.name, clock.now(), checksumOf(migration))
    }
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw engineError(`migration ${migration.name}`, error)
  }
}
