import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Register } from '#kernel/audit/chain'
import { openFilePages } from '#kernel/audit/file-pages'
import type { Found } from '#kernel/audit/index/finding'
import type { Lookup } from '#kernel/audit/index/index'
import { readFileIndex } from '#kernel/audit/index/open'
import { checkFileIndex } from '#kernel/audit/index/open'
import { checkPostgresIndex, openPostgresIndex } from '#kernel/audit/index/postgres-open'
import { noted } from '#kernel/audit/note'
import { positionsIn } from '#kernel/audit/positions'
import { openPostgresPages } from '#kernel/audit/postgres-pages'
import { openPostgresReader } from '#kernel/audit/postgres-reader'
import type { AuditReader } from '#kernel/audit/reader'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { systemClock } from '#kernel/clock'
import { missing, openBeside, openVaultBeside, type Place, type ReadOnly, unreadable } from '#kernel/storage/beside'
import { statement } from '#kernel/storage/storage'

export { type Attributes, attributesOf } from '#kernel/audit/attributes'
export type { Head } from '#kernel/audit/chain'
export type { Mark } from '#kernel/audit/index/finding'
export type { Lookup } from '#kernel/audit/index/index'
export { type Attribute, nameIn } from '#kernel/audit/index/terms'
export type { AuditReader, Position, StoredRecord } from '#kernel/audit/reader'
export { type Problem, type Verdict, verify, withBeside } from '#kernel/audit/verify'
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
  /** What is wrong with the positions of those who follow the journal, and with its index: in words. */
  readonly positions: readonly string[]
  readonly index: readonly string[]
}

/** Reads the main store, beside the running server or without one; nothing is written. Throws StorageError. */
export async function openAuditBasis(place: AuditPlace): Promise<AuditBasis> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    const [key, followerKey, indexKey] = ['audit/head', 'audit/follower', 'audit/index'].map((label) =>
      vault.macKey(label),
    ) as [KeyObject, KeyObject, KeyObject]
    vault.close()
    return {
      key,
      known: await noted(store, key),
      positions: await problemsOfPositions(store, followerKey),
      index: await problemsOfIndex(place, indexKey),
    }
  } finally {
    await store.close()
  }
}

/** A store of an older version has no followers. */
async function problemsOfPositions(store: ReadOnly, key: KeyObject): Promise<readonly string[]> {
  if ((await store.unit('read', (unit) => unit.get(tableThere(store.engine), {}))) === undefined) return []
  return (await store.unit('read', (unit) => positionsIn(unit, key))).problems
}

const tableThere = (engine: ReadOnly['engine']) =>
  statement(
    'audit-follower/there',
    engine === 'sqlite'
      ? `select 1 as there from sqlite_master where name = 'audit_follower'`
      : `select 1 as there where to_regclass('audit_follower') is not null`,
  )

async function problemsOfIndex({ directory, database }: AuditPlace, key: KeyObject): Promise<readonly string[]> {
  if (database !== undefined) return checkPostgresIndex(database.reveal(), key)
  return checkFileIndex(join(directory, 'audit-index.db'), key)
}

/** The machine's time, for what people ask in spans. */
export const now = (): number => systemClock.now()

/** Finds records of a journal, newest first. */
export interface AuditSearch {
  lookup(asked: Lookup): Promise<Found>
  close(): Promise<void>
}

/**
 * Opens a server's journal and its index, beside the running server or without one. What is not in the index, or is damaged in it,
 * is looked through. `told`: what was wrong with the index, in words. Throws StorageError, or what a seal says that can't be opened.
 */
export async function openAuditSearch(place: AuditPlace, told: (text: string) => void): Promise<AuditSearch> {
  const { directory, database } = place
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    const key = vault.macKey('audit/index')
    const chainKey = vault.macKey('audit/head')
    vault.close()
    const onDamage = ({ message }: Error) => told(message)
    const file = join(directory, 'audit.db')
    if (database === undefined && !existsSync(file)) throw missing(file)
    const pages = database === undefined ? openFilePages(file) : openPostgresPages(database.reveal())
    const parts = { pages, key, chainKey, clock: systemClock, onDamage }
    const { index } =
      database === undefined
        ? readFileIndex(join(directory, 'audit-index.db'), parts)
        : await openPostgresIndex(database.reveal(), parts, false)
    return { lookup: (asked) => index.lookup(asked), close: () => index.close() }
  } finally {
    await store.close()
  }
}
