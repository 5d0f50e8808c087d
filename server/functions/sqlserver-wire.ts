import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Connection, ConnectionConfiguration, Request } from 'tedious'
import type { Secret } from '#kernel/values/bytes'
import { type ConnectFailure, type DatabaseSecret, FunctionFault, NotConnected } from './function.ts'
import { mayBeReadable, readable } from './readable-login.ts'
import type { Row } from './sqlserver-rights.ts'
import { told } from './untold.ts'

/** Logins and statements by the driver of SQL Server, and what went wrong in our words. Source: rotation.md 8.2, 9. */

const DEFAULT_PORT = 1433
/** Until the login is through. Source: rotation.md 8.2. */
const CONNECT_MS = 5_000
const QUERY_MS = 15_000
/** How long a server may take to say that it has stopped working on a statement. */
const CANCEL_MS = 2_000
/** What a server may send in a session: many times the permissions of any user, and not the memory of this process. */
const MOST_BYTES = 64 * 1024 * 1024
/** Errors of a login that are looked at; the server says how many there are. */
const MOST_ERRORS = 10

/** The driver is loaded when somebody has such a database; it is an optional package. */
async function driver() {
  try {
    return await import('tedious')
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
    throw new FunctionFault('the package tedious, the driver of SQL Server, is not installed', 'ImportError')
  }
}

/** The server says that it has no TLS; no name and no password was sent yet. */
class WithoutTls extends NotConnected {
  constructor() {
    super('tls', 'the server does not support TLS')
  }
}

/** Logs in. Throws NotConnected. */
export async function logIn(secret: DatabaseSecret, signal: AbortSignal): Promise<Wire> {
  if (secret.tls === 'never') return await open(secret, false, signal)
  try {
    return await open(secret, true, signal)
  } catch (error) {
    // a refused certificate or password never leads to a connection in clear
    if (secret.tls !== 'try' || !(error instanceof WithoutTls)) throw error
    // the password of a login is only obfuscated
    if (!mayBeReadable(secret, 'always')) throw readable()
    return await open(secret, false, signal)
  }
}

async function open(secret: DatabaseSecret, tls: boolean, signal: AbortSignal): Promise<Wire> {
  const tedious = await driver()
  if (signal.aborted) throw new NotConnected('other', 'the function was stopped')
  const connection = new tedious.Connection(configuration(secret, tls))
  const heard: Heard = { numbers: [], withoutTls: false, sentAway: false }
  const hearNumber = ({ number }: { readonly number: number }) => {
    if (heard.numbers.length < MOST_ERRORS) heard.numbers.push(number)
  }
  // the one place where the driver tells what the server answered about TLS, and not only that it was not what was asked for
  const hearTls = (text: string) => {
    if (tls && !heard.sentAway && /^\s*PreLogin\b.*\bencryption:0x02\(NOT_SUP\)/.test(text)) heard.withoutTls = true
  }
  connection.on('errorMessage', hearNumber)
  connection.on('debug', hearTls)
  // with TLS, whoever the server sends us to must show a certificate for the host that the secret names; without, it is anybody
  const events: EventEmitter = connection
  events.on('rerouting', () => {
    if (tls && !heard.sentAway) heard.sentAway = true
    else connection.close()
  })
  // without a listener, a connection that breaks between two statements would end the process; the next statement fails anyway
  connection.on('error', () => undefined)
  const stop = () => connection.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error === undefined ? resolve() : reject(error)))
    })
  } catch (error) {
    connection.close()
    throw signal.aborted ? new NotConnected('other', 'the function was stopped') : notConnected(error, heard)
  } finally {
    signal.removeEventListener('abort', stop)
    connection.off('errorMessage', hearNumber)
    connection.off('debug', hearTls)
  }
  return new Wire(connection, tedious, signal)
}

function configuration(secret: DatabaseSecret, tls: boolean): ConnectionConfiguration {
  return {
    server: secret.host,
    authentication: {
      type: 'default',
      options: { userName: secret.username, password: secret.password.reveal() },
    },
    options: {
      port: secret.port ?? DEFAULT_PORT,
      database: secret.dbname ?? 'master',
      fallbackToDefaultDb: false,
      encrypt: tls,
      trustServerCertificate: false,
      serverName: secret.host,
      cryptoCredentialsDetails: {
        minVersion: 'TLSv1.2',
        ...(secret.ca === undefined ? {} : { ca: secret.ca }),
      },
      appName: 'strongroom rotation',
      // its own is the name of this machine
      workstationId: 'strongroom',
      connectTimeout: CONNECT_MS,
      requestTimeout: QUERY_MS,
      cancelTimeout: CANCEL_MS,
      // a database that is missing is one of the errors that the driver would try again
      maxRetriesOnTransientErrors: 0,
      // not only the statement that fails, but all of its transaction
      abortTransactionOnError: true,
      rowCollectionOnRequestCompletion: true,
      useColumnNames: false,
      debug: { packet: false, data: false, token: false, payload: true },
    },
  }
}

/** What the server said during a login. */
interface Heard {
  readonly numbers: number[]
  withoutTls: boolean
  /** To another host, once. */
  sentAway: boolean
}

/**
 * By the numbers of the server's errors. A login that names a database of which nothing can be had is told so only with the right
 * password; the same goes for passwords that have expired. Source: sys.messages.
 */
const BY_NUMBER: readonly (readonly [readonly number[], ConnectFailure, string])[] = [
  [[4060, 4064], 'missing database', 'the database that the secret names does not exist, or this user may not open it'],
  [[18486], 'other', 'the account is locked out'],
  [[18487], 'other', 'the password of the account has expired'],
  [[18488], 'other', 'the password of the account must be changed before it can be used'],
  [[18470], 'other', 'the account is disabled'],
  [[18452], 'other', 'the server takes logins of its domain only, not with a password'],
  [[17892], 'other', 'a logon trigger of the server refuses the login'],
  [[18456], 'auth', 'the server refuses this user with this password'],
]

const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/
const NETWORK_CODES =
  /^(ESOCKET|ETIMEOUT|ELINKLOCAL|E[A-Z_]*(CONN|TIMEDOUT|UNREACH|HOSTDOWN|NOTFOUND|PIPE|AGAIN)[A-Z]*)$/

function notConnected(error: unknown, { numbers, withoutTls }: Heard): NotConnected {
  if (withoutTls) return new WithoutTls()
  const known = BY_NUMBER.find(([known]) => known.some((number) => numbers.includes(number)))
  if (known !== undefined) return new NotConnected(known[1], known[2])
  if (numbers.length > 0) return new NotConnected('other', `the server does not let us in (${numbers.join(', ')})`)
  const codes = codesOf(error)
  if (codes[0] === 'EENCRYPT') return new NotConnected('tls', 'the server and the secret do not agree about TLS')
  if (codes.some((code) => TLS_CODES.test(code)))
    return new NotConnected('tls', `no TLS with the server: what it shows is not accepted (${codes.at(-1)})`)
  const network = codes.findLast((code) => NETWORK_CODES.test(code))
  if (network !== undefined) return new NotConnected('network', `the server cannot be reached (${network})`)
  return new NotConnected('other', `the server does not let us in (${codes.at(-1) ?? 'unknown'})`)
}

/** The codes of an error and of what caused it, outermost first. */
function codesOf(error: unknown, depth = 5): string[] {
  if (!(error instanceof Error) || depth === 0) return []
  const { code, cause } = error as Error & { readonly code?: unknown }
  const inner = error instanceof AggregateError ? error.errors[0] : cause
  const own = typeof code === 'string' && /^[A-Z0-9_]{1,80}$/.test(code) ? [code] : []
  return [...own, ...codesOf(inner, depth - 1)]
}

const socketOf = (connection: Connection) => (connection as unknown as { readonly socket: Socket }).socket

type Driver = Awaited<ReturnType<typeof driver>>

/** A connection that is through its login. What fails tells no statement, and nothing secret. */
export class Wire {
  readonly #connection: Connection
  readonly #driver: Driver
  readonly #signal: AbortSignal
  readonly #stop: () => void

  constructor(connection: Connection, driver: Driver, signal: AbortSignal) {
    this.#connection = connection
    this.#driver = driver
    this.#signal = signal
    this.#stop = () => connection.close()
    signal.addEventListener('abort', this.#stop, { once: true })
    let bytes = 0
    socketOf(connection).on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MOST_BYTES) connection.close()
    })
  }

  /** Rows of a query. `@name` in it stands for the value `name`. */
  async ask(sql: string, values: Readonly<Record<string, string>> = {}, longestMs = QUERY_MS): Promise<readonly Row[]> {
    return await this.#send(sql, [], (request) => {
      request.setTimeout(longestMs)
      for (const [name, value] of Object.entries(values)) request.addParameter(name, this.#driver.TYPES.NVarChar, value)
      this.#connection.execSql(request)
    })
  }

  /** A statement as it is; `secrets`: what stands in it. */
  async run(sql: string, secrets: readonly Secret[] = []): Promise<void> {
    await this.#send(sql, secrets, (request) => this.#connection.execSqlBatch(request))
  }

  /** All or nothing, also when the connection breaks: a clone without its rights would look finished to the next attempt. */
  async together(act: () => Promise<void>): Promise<void> {
    try {
      await this.#turn((done) => this.#connection.beginTransaction(done))
      await act()
      await this.#turn((done) => this.#connection.commitTransaction(done))
    } catch (error) {
      // the server takes back what a connection has left unfinished
      this.close()
      throw error
    }
  }

  /** Nothing is said at the end: a server that hangs holds nobody. */
  close(): void {
    this.#signal.removeEventListener('abort', this.#stop)
    this.#connection.close()
  }

  #send(sql: string, secrets: readonly Secret[], send: (request: Request) => void): Promise<readonly Row[]> {
    return this.#turn<Row[]>((done) => {
      const finished = (error: Error | null | undefined, _count?: number, rows?: readonly Cell[][]) =>
        done(
          error,
          rows?.map((cells) => Object.fromEntries(cells.map(({ metadata, value }) => [metadata.colName, value]))),
        )
      send(new this.#driver.Request(sql, finished))
    }, secrets)
  }

  async #turn<T>(
    act: (done: (error: Error | null | undefined, result?: T) => void) => void,
    secrets: readonly Secret[] = [],
  ): Promise<T> {
    if (this.#signal.aborted) throw new FunctionFault('the function was stopped')
    // the driver's own timer stops when the first bytes of an answer are there
    const timer = setTimeout(this.#stop, QUERY_MS + CANCEL_MS)
    return await new Promise<T>((resolve, reject) => {
      act((error, result) => {
        clearTimeout(timer)
        if (error === null || error === undefined) resolve(result as T)
        else if (this.#signal.aborted) reject(new FunctionFault('the function was stopped'))
        else reject(refused(error, secrets))
      })
    })
  }
}

interface Cell {
  readonly metadata: { readonly colName: string }
  readonly value: Row[string]
}

/** The password is too short, not complex enough, used before … Source: sys.messages. */
const POLICY = [15114, 15115, 15116, 15117, 15118, 15119]

/** In the server's words, unless these may show a piece of the statement. */
function refused(error: Error, secrets: readonly Secret[]): FunctionFault {
  const first = (error instanceof AggregateError ? error.errors[0] : error) as Error & {
    number?: unknown
    class?: unknown
  }
  const { number, class: severity } = first
  if (typeof number !== 'number') {
    const code = codesOf(first).at(-1) ?? 'unknown'
    return new FunctionFault(`the connection to the database broke, or it did not answer (${code})`, 'OperationalError')
  }
  if (POLICY.includes(number))
    return new FunctionFault(`SQL Server: ${number} the password does not meet its policy`, 'DatabaseError')
  if (secrets.length > 0 && number === 15151)
    return new FunctionFault(`SQL Server: ${number} the user is not there, or we may not change it so`, 'DatabaseError')
  // severity 15: what the server takes for wrong syntax, which it cites
  const shown = secrets.length > 0 || severity === 15 ? 'a statement was refused' : told(first.message, secrets)
  return new FunctionFault(`SQL Server: ${number} ${shown}`, 'DatabaseError')
}
