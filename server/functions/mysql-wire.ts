import type { Socket } from 'node:net'
import type { AuthPlugin, Connection, ConnectionOptions } from 'mysql2'
import { type ConnectFailure, type DatabaseSecret, FunctionFault, NotConnected } from './function.ts'
import { refuseUnquotable } from './mysql-text.ts'
import { mayBeReadable, readable } from './readable-login.ts'
import { limitBytes } from './socket-limit.ts'

/** Logins by the protocol of MySQL and MariaDB. Source: rotation.md 8.2, 9. */

const DEFAULT_PORT = 3306
/** Until the login is through. Source: rotation.md 8.2. */
const CONNECT_TIMEOUT_MS = 5000

/** The handshake says that the server cannot do TLS; nothing was sent yet. */
class WithoutTls extends NotConnected {
  constructor() {
    super('tls', 'the server does not offer TLS')
  }
}

/** Logs in. Throws NotConnected; FunctionFault for what cannot be sent. */
export async function logIn(secret: DatabaseSecret, signal: AbortSignal): Promise<Wire> {
  for (const [what, text] of Object.entries({ host: secret.host, username: secret.username, dbname: secret.dbname }))
    refuseUnquotable(text ?? '', what)
  refuseUnquotable(secret.password.reveal(), 'password')
  if (secret.username === '' || secret.host === '')
    throw new NotConnected('other', 'the secret names no user or no host to log in with')
  return new Wire(await connected(secret, signal), signal)
}

async function connected(secret: DatabaseSecret, signal: AbortSignal): Promise<Connection> {
  const attempt = (tls: boolean) =>
    open(optionsOf(secret, tls), secret.host, signal, !tls && !mayBeReadable(secret, 'asked'))
  if (secret.tls === 'never') return await attempt(false)
  try {
    return await attempt(true)
  } catch (error) {
    // only the server's own word that it has no TLS leads here: a refused certificate or password never does
    if (secret.tls === 'try' && error instanceof WithoutTls) return await attempt(false)
    throw error
  }
}

function optionsOf(secret: DatabaseSecret, tls: boolean): ConnectionOptions {
  return {
    host: secret.host,
    port: secret.port ?? DEFAULT_PORT,
    user: secret.username,
    password: secret.password.reveal(),
    ...(secret.dbname === undefined || secret.dbname === '' ? {} : { database: secret.dbname }),
    charset: 'utf8mb4_general_ci',
    connectTimeout: CONNECT_TIMEOUT_MS,
    // a server may not ask for files of ours
    flags: ['-LOCAL_FILES'],
    multipleStatements: false,
    // verifyIdentity is off by default: any certificate of the authority would do for any host
    ...(tls
      ? { ssl: { verifyIdentity: true, rejectUnauthorized: true, ...(secret.ca ? { ca: secret.ca } : {}) } }
      : {}),
  }
}

class KeyOfNobody extends Error {
  readonly code = 'KEY_OF_NOBODY'
}

/**
 * Without TLS a server may ask for the password itself, encrypted to a key of its own, and nobody knows whose key that is. Where
 * `mayBeReadable` does not allow it, somebody on the way may have said that there is no TLS.
 */
const refuseKey = () => {
  throw new KeyOfNobody()
}

/** The driver listens to promises of its plugins only. */
const rejecting =
  (plugin: AuthPlugin): AuthPlugin =>
  (login) => {
    const answer = plugin(login) as (data: Buffer) => Buffer
    return async (data) => answer(data)
  }

/** A connection that is through its login. The driver is loaded when somebody has such a database. */
async function open(
  options: ConnectionOptions,
  host: string,
  signal: AbortSignal,
  showsNoPassword: boolean,
): Promise<Connection> {
  if (signal.aborted) throw new NotConnected('other', 'the function was stopped')
  const { authPlugins, createConnection } = await import('mysql2')
  const { caching_sha2_password: caching, sha256_password: sha256 } = authPlugins
  const plugins = {
    caching_sha2_password: rejecting(caching({ onServerPublicKey: refuseKey })),
    sha256_password: rejecting(sha256({ onServerPublicKey: refuseKey })),
  }
  const connection = createConnection(showsNoPassword ? { ...options, authPlugins: plugins } : options)
  // Whom the certificate must name: Node remembers it on the socket when it resolves a name, but not when the host is an
  // address, and then the driver's check would be about "localhost". The test with 127.0.0.2 watches over this.
  Object.assign(socketOf(connection), { _host: host })
  limitBytes(socketOf(connection))
  return new Promise((resolve, reject) => {
    const stop = () => {
      drop(connection)
      reject(new NotConnected('other', 'the function was stopped'))
    }
    signal.addEventListener('abort', stop, { once: true })
    // stays: an error that comes after the first one, or later, must not end the process
    connection.on('error', (error: unknown) => {
      signal.removeEventListener('abort', stop)
      drop(connection)
      reject(notConnected(error))
    })
    connection.once('connect', () => {
      signal.removeEventListener('abort', stop)
      resolve(connection)
    })
  })
}

const socketOf = (connection: Connection) => (connection as unknown as { readonly stream: Socket }).stream

/** Ends the connection when what was written is on its way; the driver's own destroy() waits for the other side. */
function drop(connection: Connection): void {
  connection.destroy()
  socketOf(connection).destroySoon()
}

/** Names and numbers that the server or the driver has for what went wrong; never what they say. */
function codeOf(error: unknown): { readonly code: string; readonly errno: number } {
  const { code, errno } = (error ?? {}) as { readonly code?: unknown; readonly errno?: unknown }
  return {
    code: typeof code === 'string' && /^[A-Z0-9_]{1,80}$/.test(code) ? code : 'unknown',
    errno: typeof errno === 'number' ? errno : 0,
  }
}

const NETWORK = new Set(
  'ECONNREFUSED ECONNRESET ELINKLOCAL ETIMEDOUT EHOSTUNREACH ENETUNREACH EHOSTDOWN ENOTFOUND EAI_AGAIN EPIPE PROTOCOL_CONNECTION_LOST'.split(
    ' ',
  ),
)

/** Source: MySQL Error Message Reference. */
const BY_NUMBER: Readonly<Record<number, readonly [ConnectFailure, string]>> = {
  1045: ['auth', 'the server refuses this user with this password'],
  // MariaDB: a user that logs in otherwise than with a password
  1698: ['auth', 'the server refuses this user with this password'],
  1130: ['not admitted', 'the server lets nobody in from here'],
  1049: ['missing database', 'the database that the secret names does not exist'],
  3159: ['tls', 'the server refuses connections without TLS'],
  1862: ['other', 'the password has expired, and the server lets nobody in with it'],
}

function notConnected(error: unknown): NotConnected {
  const { code, errno } = codeOf(error)
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return new WithoutTls()
  if (code === 'HANDSHAKE_SSL_ERROR')
    return new NotConnected('tls', 'no TLS with the server: its certificate or what it offers is not accepted')
  // the driver puts another code in its place
  if (error instanceof KeyOfNobody) return readable()
  const known = BY_NUMBER[errno]
  if (known !== undefined) return new NotConnected(...known)
  if (NETWORK.has(code)) return new NotConnected('network', `the server cannot be reached (${code})`)
  return new NotConnected('other', `the server does not let us in (${code})`)
}

type Row = readonly (string | null)[]

/** Sends statements. What fails tells the server's number for it, never the statement or what it held. */
export class Wire {
  readonly #connection: Connection
  readonly #signal: AbortSignal

  constructor(connection: Connection, signal: AbortSignal) {
    this.#connection = connection
    this.#signal = signal
  }

  /** Rows as text; none for a statement that has no rows. One that takes longer than `longestMs` ends the connection. */
  async ask(sql: string, longestMs?: number): Promise<readonly Row[]> {
    const signal = this.#signal
    if (signal.aborted) throw new FunctionFault('the function was stopped')
    let stop: (() => void) | undefined
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<readonly Row[]>((resolve, reject) => {
        const end = (why: string) => {
          // a connection that is destroyed answers nobody any more
          drop(this.#connection)
          reject(new FunctionFault(why, 'OperationalError'))
        }
        stop = () => end('the function was stopped')
        signal.addEventListener('abort', stop, { once: true })
        if (longestMs !== undefined) timer = setTimeout(end, longestMs, `the database took more than ${longestMs} ms`)
        this.#connection.query({ sql, rowsAsArray: true, typeCast: (field) => field.string() }, (error, rows) => {
          if (error === null) resolve(Array.isArray(rows) ? (rows as Row[]) : [])
          else reject(new Refused(error))
        })
      })
    } finally {
      clearTimeout(timer)
      if (stop !== undefined) signal.removeEventListener('abort', stop)
    }
  }

  /** Says goodbye without waiting for an answer: a server that hangs holds nobody. */
  async close(): Promise<void> {
    this.#connection.end()
    drop(this.#connection)
  }
}

/** A statement that the server refused. */
export class Refused extends FunctionFault {
  readonly errno: number

  constructor(error: unknown) {
    const { code, errno } = codeOf(error)
    super(`the database refuses a statement: ${code} (${errno})`, 'DatabaseError')
    this.errno = errno
  }
}
