import type { KeyObject } from 'node:crypto'
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { AuditIndex } from '#kernel/audit/index/index'
import { checkIndex } from '#kernel/audit/index/checking'
import { IndexDamaged } from '#kernel/audit/index/segment'
import { makeIndexTables, sqliteIndexStore } from '#kernel/audit/index/sqlite-store'
import type { IndexStore } from '#kernel/audit/index/store'
import type { Pages } from '#kernel/audit/pages'
import { hasUsageTables, readSqliteUsage, SqliteUsage } from '#kernel/audit/usage/sqlite-usage'
import type { Tally } from '#kernel/audit/usage/tally'
import type { UsageReader } from '#kernel/audit/usage/usage'
import type { Clock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'

/** An index, and the counters that are kept with it. */
export interface Indexed {
  readonly index: AuditIndex
  /** Exact up to this moment where the index is kept; elsewhere up to the last pass. */
  readonly usage: UsageReader
  /** False: another process keeps it, this one reads it. */
  readonly keeps?: boolean
}

/** What an index is opened with. `key`: the vault's `macKey('audit/index')`; `chainKey`: see `IndexParts`. */
export interface OpenIndex {
  readonly pages: Pages
  readonly key: KeyObject
  readonly chainKey?: KeyObject
  readonly clock: Clock
  readonly onDamage?: (damage: IndexDamaged) => void
}

/** An index in memory: of a journal in memory, or for one look. */
export function openMemoryIndex(parts: OpenIndex, counts = true): Indexed {
  return over(new DatabaseSync(':memory:'), parts, true, counts)
}

/** SQLite's words for a file that is none of its own, or damaged. */
const CORRUPT = 11
const NO_DATABASE = 26

const isDamaged = (error: unknown): boolean => {
  const code = Number((error as { errcode?: unknown } | null)?.errcode) & 0xff
  return code === CORRUPT || code === NO_DATABASE
}

/**
 * The index in `file`, which this process keeps: made where there is none, and made anew when it is damaged. It may be deleted at
 * any time. `counts`: usage is counted too.
 */
export function keepFileIndex(file: string, parts: OpenIndex, counts = true): Indexed {
  let inner = openKept(file, parts)
  const store: IndexStore = {
    state: () => damaged(() => inner.store.state()),
    segments: () => damaged(() => inner.store.segments()),
    piece: (segment, piece) => damaged(() => inner.store.piece(segment, piece)),
    change: (change, more) => damaged(() => inner.store.change(change, more)),
    async clear() {
      try {
        await inner.store.clear()
      } catch {
        // The file itself can't be used any more: it goes, with all that is in it.
        await inner.store.close()
        remove(file)
        inner = openKept(file, parts)
      }
    },
    close: () => inner.store.close(),
  }
  const counting = {
    begin: async () => inner.counts.begin(),
    write: async (tally: Tally) => inner.counts.write(tally, parts.clock.now()),
  }
  const index = new AuditIndex({ ...parts, random: systemRandom, store, writes: true, ...(counts && { counting }) })
  return { index, usage: within(index, () => inner.usage) }
}

function openKept(file: string, { onDamage }: OpenIndex) {
  for (let tries = 0; ; tries++) {
    let db: DatabaseSync | undefined
    try {
      if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
      db = new DatabaseSync(file, { timeout: 5000 })
      // Derived: after a power cut an older state of it is as good.
      db.exec('pragma journal_mode = wal; pragma synchronous = normal')
      // New counters land all over their tables: with the two megabytes of the default each page is read and written many times.
      db.exec('pragma cache_size = -8192; pragma wal_autocheckpoint = 8000')
      makeIndexTables(db)
      const kept = db
      return { store: sqliteIndexStore(kept), counts: new SqliteUsage(kept), usage: readSqliteUsage(kept) }
    } catch (error) {
      if (db?.isOpen) db.close()
      if (tries > 0 || !isDamaged(error)) throw error
      onDamage?.(new IndexDamaged('the file of the index of the audit trail is damaged'))
      remove(file)
    }
  }
}

function remove(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
}

async function damaged<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isDamaged(error)) throw new IndexDamaged('the file of the index of the audit trail is damaged')
    throw error
  }
}

/**
 * The index in `file`, which another process keeps, or nobody at all: what is not in it is looked through and kept in memory.
 */
export function readFileIndex(file: string, parts: OpenIndex): Indexed {
  try {
    if (!existsSync(file)) return openMemoryIndex(parts, false)
    const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    if (!hasUsageTables(db)) {
      db.close()
      return openMemoryIndex(parts, false)
    }
    const inner = sqliteIndexStore(db)
    const store: IndexStore = {
      ...inner,
      state: () => damaged(inner.state),
      segments: () => damaged(inner.segments),
      piece: (segment, piece) => damaged(() => inner.piece(segment, piece)),
    }
    const index = new AuditIndex({ ...parts, random: systemRandom, store, writes: false })
    return { index, usage: readSqliteUsage(db) }
  } catch (error) {
    if (!isDamaged(error)) throw error
    parts.onDamage?.(new IndexDamaged('the file of the index of the audit trail is damaged'))
    return openMemoryIndex(parts, false)
  }
}

/** What is wrong with the index in `file`, in words; an index that is not there is none. */
export async function checkFileIndex(file: string, key: KeyObject): Promise<readonly string[]> {
  if (!existsSync(file)) return []
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    if (!hasUsageTables(db)) return []
    // one moment: the server may write meanwhile
    db.exec('begin')
    return await checkIndex(sqliteIndexStore(db), key)
  } catch (error) {
    if (!isDamaged(error)) throw error
    return ['the file of the index of the audit trail is damaged']
  } finally {
    if (db?.isOpen) db.close()
  }
}

function over(db: DatabaseSync, parts: OpenIndex, writes: boolean, counts: boolean): Indexed {
  makeIndexTables(db)
  const counted = new SqliteUsage(db)
  const counting = {
    begin: async () => counted.begin(),
    write: async (tally: Tally) => counted.write(tally, parts.clock.now()),
  }
  const store = sqliteIndexStore(db)
  const index = new AuditIndex({ ...parts, random: systemRandom, store, writes, ...(counts && { counting }) })
  return { index, usage: within(index, () => readSqliteUsage(db)) }
}

/** Counters, read when everything is counted. */
export function within(index: AuditIndex, reader: () => UsageReader): UsageReader {
  return {
    usage: (query) => index.alone(() => reader().usage(query)),
    lastReaders: (secrets) => index.alone(() => reader().lastReaders(secrets)),
  }
}
