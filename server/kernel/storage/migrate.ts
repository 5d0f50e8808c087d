import { hash } from 'node:crypto'
import { StorageError } from '#kernel/storage/error'
import type { Migration } from '#kernel/storage/migration'

/** A migration that the store has seen. */
export interface Applied {
  readonly name: string
  readonly checksum: string
}

/** What the storage keeps for itself; every engine applies it before main's list. */
export const storageMigrations: readonly Migration[] = [
  {
    name: 'storage/0001-generation',
    // Several shards for each scope: on PostgreSQL writers that touch the same scope don't wait for each other.
    sql: `create table store_generation (
  scope text not null,
  shard bigint not null,
  value bigint not null,
  primary key (scope, shard)
);`,
  },
]

/** The table of what was applied, in the common dialect. */
export const migrationTable = `create table if not exists schema_migration (
  name text not null,
  applied_at bigint not null,
  checksum text not null,
  primary key (name)
);`

/** SHA-256 of the text: a migration that has landed is never edited. */
export function checksumOf(migration: Migration): string {
  return hash('sha256', migration.sql, 'hex')
}

/**
 * The migrations still to apply, in order. Refuses a store that a newer program has changed, and a migration that is
 * not the one that was applied.
 */
export function pending(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  if (known.size !== migrations.length) throw new StorageError('two migrations have the same name')
  const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  if (unknown.length > 0)
    throw new StorageError(
      `the store was written by a newer version of strongroom: this one does not know ${unknown.join(', ')}`,
      {
        hint: 'start the newer version again, or restore a backup made before the upgrade',
      },
    )
  const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]))
  return migrations.filter((migration) => {
    const checksum = checksums.get(migration.name)
    if (checksum === undefined) return true
    if (checksum !== checksumOf(migration))
      throw new StorageError(`migration ${migration.name} is not the one that was applied to this store`, {
        hint: 'a migration that has landed is never edited; put the old text back and add a new one',
      })
    return false
  })
}
