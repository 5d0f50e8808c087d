import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { MongoClient, MongoClientOptions } from 'mongodb'
import { driver } from './driver.ts'
import { type DatabaseSecret, type Engine, FunctionFault, NotConnected, type Session } from './function.ts'
import { guardedLookup } from './link-local.ts'
import { guardFrames } from './mongodb-frames.ts'
import { watchProof } from './mongodb-proof.ts'
import { MongoSession } from './mongodb-users.ts'
import { failureOfSocket } from './socket-failure.ts'
import { told } from './untold.ts'

/** MongoDB and DocumentDB. Source: rotation.md 8.2, 8.5, 8.6, 9. */

const DEFAULT_PORT = 27_017
/** Where users are kept when the secret names no database. Source: rotation.md 8.6. */
const DEFAULT_DATABASE = 'admin'
/** Until the login is through. Source: rotation.md 8.2. */
const CONNECT_MS = 5_000
/** Also how long a connection that was stopped amid its login may linger: the driver cannot be told to let go of it. */
const COMMAND_MS = 10_000

export const mongodb: Engine = {
  names: ['mongo'],
  excludeCharacters: '/@"\'\\',
  passwordLength: 32,
  usernameLimit: () => undefined,
  otherHost: ' master',
  // the superuser is one of its own database; the users that it sets are those of the database that the secret names
  masterLogin: (master, current) => ({ ...master, usersOf: current.dbname ?? DEFAULT_DATABASE }),
  clone: (username) => (username.endsWith('_clone') ? username.slice(0, -'_clone'.length) : `${username}_clone`),
  connect,
}

/** The server closed the connection on the first word of TLS, as one without TLS does: the protocol has no word for it. */
class WithoutTls extends NotConnected {
  constructor() {
    super('tls', 'the server does not speak TLS: it closed the connection')
  }
}

/** The server does not know the way in which the driver would prove its password. */
class OtherMechanism extends NotConnected {
  constructor() {
    super('other', 'the server knows neither SCRAM-SHA-256 nor SCRAM-SHA-1')
  }
}

async function connect(secret: DatabaseSecret, signal: AbortSignal): Promise<Session> {
  refuseUnsendable(secret)
  if (secret.tls === 'never') return await logIn(secret, false, signal)
  try {
    return await logIn(secret, true, signal)
  } catch (error) {
    // a refused certificate or password never leads to a connection in clear
    if (secret.tls === 'try' && error instanceof WithoutTls) return await logIn(secret, false, signal)
    throw error
  }
}

async function logIn(secret: DatabaseSecret, tls: boolean, signal: AbortSignal): Promise<Session> {
  try {
    return await open(secret, { tls }, signal)
  } catch (error) {
    if (!(error instanceof OtherMechanism)) throw error
    // DocumentDB, when it does not say which ones it knows (as for a user that is still to be made)
    return await open(secret, { tls, authMechanism: 'SCRAM-SHA-1' }, signal)
  }
}

async function open(secret: DatabaseSecret, more: MongoClientOptions, signal: AbortSignal): Promise<Session> {
  const { MongoClient } = await driver('mongodb', 'MongoDB and DocumentDB', () => import('mongodb'))
  await guardFrames()
  signal.throwIfAborted()
  const client = new MongoClient(addressOf(secret), { ...optionsOf(secret, more.tls === true), ...more })
  const { hosts, srvHost } = client.options
  if (srvHost !== undefined || hosts.length !== 1) throw new Error('one host was asked for')
  const isProven = watchProof(client)
  const stop = () => void client.close().catch(() => undefined)
  signal.addEventListener('abort', stop, { once: true })
  const release = async () => {
    signal.removeEventListener('abort', stop)
    await client.close()
  }
  try {
    await settled(client, signal)
    if (!isProven()) throw new NotConnected('other', 'the server asks for no password: a login proves nothing')
  } catch (error) {
    await release()
    signal.throwIfAborted()
    throw notConnected(error, secret, more.tls === true)
  }
  const ownDatabase = secret.dbname ?? DEFAULT_DATABASE
  return new MongoSession({
    client,
    ownDatabase,
    usersOf: secret.usersOf ?? ownDatabase,
    own: secret.password,
    release,
  })
}

/** The login, or the first thing that went wrong: left alone, the driver would try again until its time is over. */
function settled(client: MongoClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('serverHeartbeatFailed', ({ failure }) => reject(failure))
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    client.connect().then(() => resolve(), reject)
  })
}

/** `localhost:27017` in the form that the driver wants. The host is one that `refuseUnsendable` let through: it says nothing else. */
function addressOf({ host, port }: DatabaseSecret): string {
  return `mongodb://${isIP(host) === 6 ? `[${host}]` : host}:${port ?? DEFAULT_PORT}/`
}

const QUIET = {
  default: 'off',
  command: 'off',
  topology: 'off',
  serverSelection: 'off',
  connection: 'off',
  client: 'off',
} as const

function optionsOf({ username, password, dbname, ca }: DatabaseSecret, tls: boolean): MongoClientOptions {
  return {
    auth: { username, password: password.reveal() },
    authSource: dbname ?? DEFAULT_DATABASE,
    // the password is shown to the host that the secret names, never to another one that a server tells of
    directConnection: true,
    lookup: guardedLookup(),
    // DocumentDB has none
    retryWrites: false,
    retryReads: false,
    connectTimeoutMS: CONNECT_MS,
    serverSelectionTimeoutMS: CONNECT_MS,
    waitQueueTimeoutMS: CONNECT_MS,
    socketTimeoutMS: COMMAND_MS,
    maxPoolSize: 1,
    serverMonitoringMode: 'poll',
    heartbeatFrequencyMS: 60_000,
    appName: 'strongroom rotation',
    // whatever MONGODB_LOG_ALL of the server's environment says
    mongodbLogComponentSeverities: QUIET,
    ...(tls
      ? {
          rejectUnauthorized: true,
          secureContext: createSecureContext({ minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) }),
        }
      : {}),
  }
}

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?$/

/** What would be read as something else by the driver or the server, or could not be said. */
function refuseUnsendable({ host, username, password, dbname, usersOf }: DatabaseSecret): void {
  if (isIP(host) === 0 ? !HOST_NAME.test(host) : host.includes('%'))
    throw new FunctionFault('host of the secret JSON must be a host name or an address')
  for (const text of [username, password.reveal()]) {
    if (text === '') throw new FunctionFault('the secret names no user or no password to log in with')
    if (text.includes('\0')) throw new FunctionFault('a name or password has a NUL character')
    if (!text.isWellFormed()) throw new FunctionFault('a name or password is no valid Unicode')
  }
  // the driver escapes the first one of each only: the server would read another name
  if (/=.*=|,.*,/s.test(username))
    throw new FunctionFault('the driver cannot log in as a user whose name has several commas or equals signs')
  for (const database of [dbname, usersOf]) refuseDatabase(database)
}

/** Source: MongoDB, Naming Restrictions. Users of `$external` have no password of MongoDB's. */
function refuseDatabase(name: string | undefined): void {
  if (name === undefined) return
  if (!/^[^\0/\\. "$*<>:|?]+$/.test(name) || !name.isWellFormed() || Buffer.byteLength(name) > 63)
    throw new FunctionFault('dbname of the secret JSON is no name of a database')
}

interface Failed {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly cause?: unknown
}

function notConnected(error: unknown, secret: DatabaseSecret, tls: boolean): NotConnected {
  if (error instanceof NotConnected) return error
  const { name, message, code, cause } = error as Failed
  const shown = told(message, [secret.password])
  if (name === 'MongoServerError') {
    // AuthenticationFailed
    if (code === 18 && !UNKNOWN_MECHANISM.test(message)) return new NotConnected('auth', `18 ${shown}`)
    if (code === MECHANISM_UNAVAILABLE || UNKNOWN_MECHANISM.test(message)) return new OtherMechanism()
    return new NotConnected('other', `${typeof code === 'number' ? code : 'no code'} ${shown}`)
  }
  if (UNREACHED.test(name)) return new NotConnected('network', shown)
  if (name !== 'MongoNetworkError') return new NotConnected('other', shown)
  const inner = cause as Failed | undefined
  const innerCode = typeof inner?.code === 'string' ? inner.code : ''
  const closed = inner === undefined || innerCode === 'ECONNRESET' || innerCode === 'EPIPE'
  if (tls && closed && !/timed out|cancelled/.test(message)) return new WithoutTls()
  return new NotConnected(failureOfSocket(innerCode) ?? 'network', innerCode === '' ? shown : `${innerCode} ${shown}`)
}

/** No answer in time, or none any more. Other errors of the network have a cause that says more. */
const UNREACHED = /^Mongo(NetworkTimeout|ServerSelection|WaitQueueTimeout|PoolCleared|PoolClosed|TopologyClosed)/
/** MongoDB: MechanismUnavailable. DocumentDB: `Unsupported mechanism [ -301 ]`. */
const MECHANISM_UNAVAILABLE = 334
const UNKNOWN_MECHANISM = /unsupported mechanism|mechanism\b.*\b(not supported|not enabled|unavailable|unknown)/i
