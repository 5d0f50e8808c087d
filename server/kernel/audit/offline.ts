import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { Register } from '#kernel/audit/chain'
import { noted } from '#kernel/audit/note'
import { openPostgresReader } from '#kernel/audit/postgres-reader'
import type { AuditReader } from '#kernel/audit/reader'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { fileSeal, passphraseSeal, type Seal } from '#kernel/sealing/seal'
import { bind, compile } from '#kernel/storage/dialect'
import { StorageError } from '#kernel/storage/error'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'

export type { Head } from '#kernel/audit/chain'
export type { AuditReader, Position, StoredRecord } from '#kernel/audit/reader'
export { type Problem, type Verdict, verify } from '#kernel/audit/verify'

/** Where a server keeps its state, and what opens its keys: as in its config. */
export interface AuditPlace {
  readonly directory: string
  readonly database: Secret | undefined
  readonly seal:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'passphrase'; readonly passphrase: Secret }
}

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
export async function openAuditBasis({ directory, database, seal }: AuditPlace): Promise<AuditBasis> {
  const store =
    database === undefined ? readFile(join(directory, 'strongroom.db')) : await readPostgres(database.reveal())
  try {
    const opener = opensOnly(seal.kind === 'file' ? fileSeal(seal.path) : passphraseSeal(seal.passphrase))
    const vault = await openVault({ storage: store, seal: opener, random: systemRandom })
    const key = vault.macKey('audit/head')
    vault.close()
    return { key, known: await noted(store, key) }
  } finally {
    await store.close()
  }
}

/** A store that only reads, beside the server that has it open; a store without keys is refused, not given new ones. */
type ReadOnly = Pick<Storage, 'unit' | 'close'>

function readFile(file: string): ReadOnly {
  if (!existsSync(file)) throw missing(file)
  let db: DatabaseSync
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  } catch (cause) {
    throw unreadable(file, cause)
  }
  return readOnly(
    'sqlite',
    async (text, values) => db.prepare(text).all(...values),
    async () => db.close(),
  )
}

async function readPostgres(url: string): Promise<ReadOnly> {
  const client = new pg.Client(connectionOf(url))
  client.on('error', () => {
    // The query that needs the connection fails and tells.
  })
  try {
    await client.connect()
  } catch (error) {
    throw engineError('opening the database', error)
  }
  return readOnly(
    'postgres',
    async (text, values) => (await client.query(text, values)).rows,
    () => client.end(),
  )
}

/** A seal that makes no key file for a store that has none. */
const opensOnly = (seal: Seal): Seal => ({ ...seal, make: () => Promise.reject(new StorageError(NO_KEYS)) })

const NO_KEYS = 'this store has no keys yet'

type Values = ReturnType<typeof bind>

function readOnly(
  engine: Storage['engine'],
  query: (text: string, values: Values) => Promise<unknown[]>,
  close: () => Promise<void>,
): ReadOnly {
  const all: Unit['all'] = async <R>(statement: Parameters<Unit['all']>[0], parameters: Parameters<Unit['all']>[1]) => {
    const compiled = compile(statement, engine)
    try {
      return (await query(compiled.text, bind(compiled, parameters))) as R[]
    } catch (cause) {
      throw new StorageError('the store can not be read', { cause, hint: 'is it one of this version of strongroom?' })
    }
  }
  const unit: Unit = {
    effect: 'read',
    all,
    get: async <R>(...asked: Parameters<Unit['get']>) => (await all<R>(...asked))[0],
    run: () => Promise.reject(new StorageError('this store is only read')),
    touch: () => undefined,
    generation: () => 0,
    afterCommit: () => undefined,
  }
  return {
    async unit(effect, work) {
      if (effect === 'write') throw new StorageError(NO_KEYS)
      return work(unit)
    },
    close,
  }
}

const missing = (file: string) =>
  new StorageError(`there is no ${file}`, { hint: 'name the directory of the server with --data' })

const unreadable = (file: string, cause: unknown) =>
  new StorageError(`${file} can not be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
