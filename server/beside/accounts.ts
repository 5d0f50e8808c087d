import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditEvent } from '#kernel/audit/event'
import { journalAndIndexMigrations } from '#kernel/audit/schema'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { missing, openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'
import { StorageError } from '#kernel/storage/error'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage, Unit } from '#kernel/storage/storage'
import { writeRootCredentials } from '../greeting.ts'
import { migrations } from '../assembly/schema.ts'
import * as iam from '../services/iam/accounts.ts'
import { callBeside, record } from './recording.ts'

export type { AccountSummary } from '../services/iam/accounts.ts'

/**
 * The accounts of a deployment, for whoever can reach its store and its seal: the wire makes no accounts. All of it works
 * beside a running server, which then knows a new account at once.
 */

/** An account that was made, or whose root got another access key. */
export interface Made {
  readonly account: string
  readonly accessKeyId: string
  /** Where the credentials are: readable by this user only, and nowhere else. */
  readonly credentialsFile: string
}

/** Makes an account with its root access key. Throws errors with a `hint` for people. */
export function createAccount(place: Place, account: string | undefined): Promise<Made> {
  return withStore(place, (storage, vault) =>
    keeping(place, (made) =>
      iam.createAccount({ ...parts(storage, vault), account, changed: recorded(storage, 'CreateAccount'), made }),
    ),
  )
}

/** Gives the root user of an account another access key: for the day when all others are lost. */
export function addRootKey(place: Place, account: string): Promise<Made> {
  return withStore(place, (storage, vault) =>
    keeping(place, (made) =>
      iam.addRootKey({ ...parts(storage, vault), account, changed: recorded(storage, 'CreateAccessKey'), made }),
    ),
  )
}

/** The accounts, the oldest first. */
export async function listAccounts(place: Place): Promise<iam.AccountSummary[]> {
  const store = await openBeside(place)
  try {
    return await store.unit('read', iam.listAccounts)
  } finally {
    await store.close()
  }
}

const parts = (storage: Storage, vault: Vault) => ({
  storage,
  vault,
  random: systemRandom,
  now: systemClock.now(),
})

/**
 * Writes the credentials down before the store keeps them, so that a crash in between loses no account. A unit that runs
 * again makes others, which replace what this call wrote; when it fails nothing stays.
 */
async function keeping(
  { directory }: Place,
  work: (made: NonNullable<iam.BootstrapOptions['made']>) => Promise<unknown>,
): Promise<Made> {
  let made: Made | undefined
  try {
    await work((root, account) => {
      if (made !== undefined) rmSync(made.credentialsFile)
      const { accessKeyId } = root
      made = { account, accessKeyId, credentialsFile: writeRootCredentials(directory, account, root) }
    })
  } catch (error) {
    if (made !== undefined) rmSync((made as Made).credentialsFile, { force: true })
    throw error
  }
  return made as unknown as Made
}

/** Opens the store to write, beside the server; a store that no server has made is refused. */
export async function withStore<T>(place: Place, work: (storage: Storage, vault: Vault) => Promise<T>): Promise<T> {
  const { directory, database } = place
  const file = join(directory, 'strongroom.db')
  if (database === undefined && !existsSync(file)) throw missing(file)
  const storage =
    database === undefined
      ? await openSqlite({ migrations, clock: systemClock, file, shared: true })
      : await (await import('#kernel/storage/postgres/postgres')).openPostgres({
          // the journal, elsewhere in a file of its own, is in the main database here
          migrations: [...migrations, ...journalAndIndexMigrations],
          clock: systemClock,
          url: database.reveal(),
          random: systemRandom,
        })
  try {
    const vault = await openVaultBeside(storage, place)
    try {
      const done = await work(storage, vault)
      await storage.durable()
      return done
    } catch (error) {
      if (error instanceof iam.BootstrapError)
        throw new StorageError(error.message, { hint: 'strongroom account list' })
      throw error
    } finally {
      vault.close()
    }
  } finally {
    await storage.close()
  }
}

/** The record of a change that came by no request. */
function recorded(storage: Storage, eventName: 'CreateAccount' | 'CreateAccessKey') {
  return async (unit: Unit, account: string, accessKeyId: string) => {
    const event: AuditEvent = {
      call: callBeside({ account, region: 'us-east-1' }, systemClock.now()),
      eventSource: eventName === 'CreateAccount' ? 'organizations.amazonaws.com' : 'iam.amazonaws.com',
      eventName,
      readOnly: false,
      requestParameters: null,
      responseElements: { accountId: account, accessKey: { userName: 'root', accessKeyId, status: 'Active' } },
    }
    await record(storage, unit, [event])
  }
}
