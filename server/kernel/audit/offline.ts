import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Register } from '#kernel/audit/chain'
import { noted } from '#kernel/audit/note'
import { openPostgresReader } from '#kernel/audit/postgres-reader'
import type { AuditReader } from '#kernel/audit/reader'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { missing, openBeside, openVaultBeside, type Place, unreadable } from '#kernel/storage/beside'

export type { Head } from '#kernel/audit/chain'
export type { AuditReader, Position, StoredRecord } from '#kernel/audit/reader'
export { type Problem, type Verdict, verify } from '#kernel/audit/verify'
export type { Place as AuditPlace } from '#kernel/storage/beside'

type AuditPlace = Place

/** Opens a server's journal to read it, beside the running server or without one. Throws StorageError. */
export async function openAuditReader({ directory, database }: AuditPlace): Promise<AuditReader> {
  if (database !== undefined) return openPostgresReader(database.reveal())
  const file = join(directory, 'audit.db')
  if (!existsSync(file)) throw missing(file)
  try {
    return openFileReader(file)
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

/** What a journal is verified against. */
export interface AuditBasis {
  /** The key of the journal's MACs, out of the store's keyring. */
  readonly key: KeyObject
  /** What the main store knows of the journal's register; undefined before the first start. */
  readonly known: Register | undefined
}

/** Reads the main store, beside the running server or without one; nothing is written. Throws StorageError. */
export async function openAuditBasis(place: AuditPlace): Promise<AuditBasis> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    const key = vault.macKey('audit/head')
    vault.close()
    return { key, known: await noted(store, key) }
  } finally {
    await store.close()
  }
}
