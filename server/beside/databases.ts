import { readFileSync, statSync } from 'node:fs'
import type { AuditEvent } from '#kernel/audit/event'
import type { Call } from '#kernel/call'
import { systemClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import { readGuarded } from '#kernel/guarded'
import { systemRandom } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'
import { StorageError } from '#kernel/storage/error'
import type { Storage, Unit } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import { withStore } from './accounts.ts'
import { servicesOver } from '../assembly/services.ts'
import { listAccounts } from '../services/iam/accounts.ts'
import { rootCaller } from '../services/iam/callers.ts'
import { type Database, KINDS, type Kind } from '../services/rds/model/database.ts'
import { databaseArn } from '../services/rds/model/identity.ts'
import type { Registration } from '../services/rds/model/registration.ts'
import type { Env } from '../services/rds/operation.ts'
import { register } from '../services/rds/register.ts'
import { callBeside, record } from './recording.ts'

export { engines } from '../services/rds/model/database.ts'

/**
 * The databases that a deployment knows, for whoever can reach its store and its seal: it runs none, so they are registered. All of
 * it works beside a running server, which then knows a database at once.
 */

/** A database as it is registered. */
export interface NewDatabase extends Omit<Registration, 'account' | 'region'> {
  /** Without it the only account there is. */
  readonly account: string | undefined
  readonly region: string
  /** What the master user has now. */
  readonly password: Secret | undefined
  /** Have the server keep and rotate the master user's password. */
  readonly manage: { readonly kmsKeyId: string | undefined } | undefined
}

/** A database as the command shows it; nothing secret. */
export interface DatabaseSummary {
  readonly account: string
  readonly region: string
  readonly kind: Kind
  readonly identifier: string
  readonly arn: string
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly readerHost: string | undefined
  readonly aliases: readonly string[]
  readonly dbname: string | undefined
  readonly username: string
  readonly replicaOf: string | undefined
  readonly cluster: string | undefined
  readonly writer: boolean
  /** Whether a certificate authority of its own is believed. */
  readonly ca: boolean
  /** Whether the server could begin to keep the master user's password. */
  readonly passwordKnown: boolean
  /** Where the password of the master user is, while the server keeps it; `failure`: why it could not be replaced at last. */
  readonly secret:
    | { readonly arn: string; readonly status: string | undefined; readonly failure: string | undefined }
    | undefined
  readonly createdAt: number
}

/** Which database: by identifier, of any kind there is one of. */
export interface Which {
  readonly identifier: string
  readonly account: string | undefined
  readonly region: string
}

/** Registers a database that is there. Throws errors with a `hint` for people. */
export function registerDatabase(place: Place, wanted: NewDatabase): Promise<DatabaseSummary> {
  const { password, manage, account: named, ...rest } = wanted
  return changing(place, named, wanted.region, async (env, call) => {
    const { account } = call
    const made = await register({ registration: { ...rest, account }, password, manage }, env, call.now)
    return { database: made, eventName: `Create${NOUNS[made.kind]}` }
  })
}

/** Forgets a database. Its managed secret is scheduled for deletion, and can be restored. Throws errors with a `hint`. */
export function removeDatabase(place: Place, { identifier, account, region }: Which): Promise<DatabaseSummary> {
  return changing(place, account, region, async (env, call) => {
    const database = await found(env, identifier, call)
    const { databases } = env
    const [replica] = await databases.replicas(database)
    const [member] = database.kind === 'cluster' ? await databases.members(database) : []
    const depends = replica ?? member
    if (depends !== undefined)
      throw new StorageError(`${identifier} has ${replica === undefined ? 'members' : 'read replicas'}`, {
        hint: `strongroom database remove ${depends.id}`,
      })
    await databases.remove(database)
    // the server has the secret in memory, so that it must be the one to give it up
    if (database.secretArn !== undefined) await env.later.release(database, database.secretArn, call.now)
    return { database: { ...database, secretArn: undefined }, eventName: `Delete${NOUNS[database.kind]}` }
  })
}

/** All databases, by account, region, kind and identifier; or those of one account. */
export function listDatabases(place: Place, account?: string): Promise<DatabaseSummary[]> {
  return reading(place, async (unit, envOf) => {
    const shown: DatabaseSummary[] = []
    const databases = await envOf(unit, callIn(account ?? '', '')).databases.everywhere()
    for (const database of databases) {
      if (account !== undefined && database.account !== account) continue
      shown.push(await summaryOf(database, envOf(unit, callIn(database.account, database.region))))
    }
    return shown
  })
}

/** One database. Throws errors with a `hint`. */
export function showDatabase(place: Place, { identifier, account, region }: Which): Promise<DatabaseSummary> {
  return reading(place, async (unit, envOf) => {
    const call = callIn(await accountIn(unit, account), region)
    const env = envOf(unit, call)
    return summaryOf(await found(env, identifier, call), env)
  })
}

/** Longest file with a password, in bytes. */
const MOST_PASSWORD = 4096
/** Longest file with certificates, in bytes. */
const MOST_CA = 400_000

/** The password in a file, or on standard input (`-`); without the end of its line. Throws when others may read the file. */
export function passwordIn(file: string): Secret {
  const bytes = readGuarded(file === '-' ? '/dev/stdin' : file, MOST_PASSWORD)
  const password = bytes.toString('utf8').replace(/\r?\n$/, '')
  bytes.fill(0)
  return new Secret(password)
}

/** The certificates in a file: public, so that anybody may read it. */
export function certificatesIn(file: string): string {
  if (statSync(file).size > MOST_CA) throw new StorageError(`${file} is too long for certificates`)
  return readFileSync(file, 'utf8')
}

const NOUNS: Readonly<Record<Kind, string>> = {
  instance: 'DBInstance',
  cluster: 'DBCluster',
  redshift: 'Cluster',
  serverless: 'Namespace',
}

type EnvOf = (unit: Unit, call: Call) => Env

async function found({ databases }: Env, identifier: string, { account, region }: Call): Promise<Database> {
  const id = identifier.toLowerCase()
  const all = []
  for (const kind of KINDS) all.push(await databases.find({ account, region, kind, id }))
  const there = all.filter((database) => database !== undefined)
  // an instance is found before a cluster of its name
  const [first] = there
  if (first === undefined)
    throw new StorageError(`account ${account} has no database ${identifier} in ${region}`, {
      hint: 'strongroom database list',
    })
  return first
}

async function summaryOf(database: Database, env: Env): Promise<DatabaseSummary> {
  const { account, region, kind, id, engine, host, port, readerHost, aliases, dbname, username } = database
  const { replicaOf, cluster, writer, ca, password, secretArn, createdAt } = database
  const state = secretArn === undefined ? undefined : await env.secrets.state(secretArn)
  const secret =
    secretArn === undefined ? undefined : { arn: secretArn, status: state?.status, failure: state?.failure }
  return {
    ...{ account, region, kind, identifier: id, arn: databaseArn(database), engine, host, port, readerHost, aliases },
    ...{ dbname, username, replicaOf, cluster, writer, ca: ca !== undefined, passwordKnown: password !== undefined },
    ...{ secret, createdAt },
  }
}

/** Opens the store to read, beside the server. */
async function reading<T>(place: Place, work: (unit: Unit, env: EnvOf) => Promise<T>): Promise<T> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    try {
      const env = envOver(store, vault)
      return await store.unit('read', (unit) => work(unit, env))
    } finally {
      vault.close()
    }
  } finally {
    await store.close()
  }
}

/** One change, with its record and those of what it did to the secret. */
function changing(
  place: Place,
  named: string | undefined,
  region: string,
  work: (env: Env, call: Call) => Promise<{ readonly database: Database; readonly eventName: string }>,
): Promise<DatabaseSummary> {
  return withStore(place, (storage, vault) => {
    const env = envOver(storage, vault)
    return storage.unit('write', async (unit) => {
      const account = await accountIn(unit, named)
      const call = callIn(account, region)
      try {
        const own = env(unit, call)
        const { database, eventName } = await work(own, call)
        await record(storage, unit, [...call.events, eventOf(call, database, eventName)])
        return await summaryOf(database, own)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        throw new StorageError(sentence(error.message), { hint: 'see strongroom database --help' })
      }
    })
  })
}

const envOver = (storage: Storage, vault: Vault): EnvOf => {
  const { env } = servicesOver(storage, vault, systemRandom).registered
  return (unit, call) => env(unit, call)
}

/** The account that is named, or the only one. */
async function accountIn(unit: Unit, named: string | undefined): Promise<string> {
  const accounts = (await listAccounts(unit)).map(({ account }) => account)
  if (named !== undefined && accounts.includes(named)) return named
  const [only, ...more] = accounts
  if (named === undefined && only !== undefined && more.length === 0) return only
  throw new StorageError(named === undefined ? 'there are several accounts' : `there is no account ${named}`, {
    hint: named === undefined ? 'say which by --account' : 'strongroom account list',
  })
}

/** Texts of AWS's end with a full stop, those of a command don't. */
const sentence = (text: string) => text.replace(/\.$/, '')

/** What is done here is done with the rights of the account's root: whoever has store and seal has them. */
function callIn(account: string, region: string): Call {
  return {
    requestId: systemRandom.uuid(),
    caller: rootCaller(account, ''),
    account,
    region,
    now: systemClock.now(),
    sourceIp: '',
    userAgent: 'strongroom',
    secure: false,
    events: [],
  }
}

function eventOf(call: Call, database: Database, eventName: string): AuditEvent {
  const service = { instance: 'rds', cluster: 'rds', redshift: 'redshift', serverless: 'redshift-serverless' }
  return {
    call: callBeside(call, call.now),
    eventSource: `${service[database.kind]}.amazonaws.com`,
    eventName,
    readOnly: false,
    requestParameters: null,
    responseElements: { identifier: database.id, arn: databaseArn(database), engine: database.engine },
  }
}

/** A password that a person typed. */
export const secretOf = (text: string): Secret => new Secret(text)
