import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import type { Seal } from '#kernel/sealing/seal'
import { sealOf } from '#kernel/sealing/seals'
import type { SealSettings } from '#kernel/sealing/settings'
import type { Vault } from '#kernel/sealing/vault'
import { bind, compile } from '#kernel/storage/dialect'
import { StorageError } from '#kernel/storage/error'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'

/** Where a server keeps its state, and what opens its keys: as in its config. */
export interface Place {
  readonly directory: string
  readonly database: Secret | undefined
  readonly seal: SealSettings
}

/** A store that only reads, beside the server that has it open; a store without keys is refused, not given new ones. */
export type ReadOnly = Storage

/** Opens a server's main store to read it, beside the running server or without one. Throws StorageError. */
export async function openBeside({ directory, database }: Place): Promise<ReadOnly> {
  return database === undefined ? readFile(join(directory, 'strongroom.db')) : readPostgres(database.reveal())
}

/** The keys of a store that a server has made; nothing is written. Throws errors for people. */
export function openVaultBeside(store: Pick<Storage, 'unit'>, { seal }: Place): Promise<Vault> {
  const opener = opensOnly(sealOf(seal))
  return openVault({ storage: store, seal: opener, random: systemRandom })
}

/**
 * Opens a copy of the store, of which nothing is changed: no file appears beside it either, unless there is a `-wal` that belongs to
 * it.
 */
export function openCopy(file: string): ReadOnly {
  if (!existsSync(file)) throw new StorageError(`there is no ${file}`, { hint: 'name the copy of strongroom.db' })
  const url = pathToFileURL(file)
  if (!existsSync(`${file}-wal`)) url.searchParams.set('immutable', '1')
  return readFile(file, url)
}

function readFile(file: string, where: string | URL = file): ReadOnly {
  if (!existsSync(file)) throw missing(file)
  let db: DatabaseSync
  try {
    db = new DatabaseSync(where, { readOnly: true, timeout: 5000 })
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
export const opensOnly = (seal: Seal): Seal => ({ ...seal, make: () => Promise.reject(new StorageError(NO_KEYS)) })

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
    beforeCommit: () => undefined,
    afterCommit: () => undefined,
  }
  return {
    engine,
    durable: async () => undefined,
    generation: () => 0,
    healthy: async () => true,
    async unit(effect, work) {
      if (effect === 'write') throw new StorageError(NO_KEYS)
      return work(unit)
    },
    close,
  }
}

export const missing = (file: string) =>
  new StorageError(`there is no ${file}`, {
    hint: 'name the directory of the server with --data; a dev server keeps nothing on disk: see its log',
  })

export const unreadable = (file: string, cause: unknown) =>
  new StorageError(`${file} can not be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
