import type { Socket } from 'node:net'
import pg from 'pg'
import type { Secret } from '#kernel/values/bytes'
import { type ConnectFailure, type DatabaseSecret, FunctionFault, NotConnected } from './function.ts'
import { guard } from './link-local.ts'
import { mayBeReadable, readable } from './readable-login.ts'
import { failureOfSocket } from './socket-failure.ts'
import { limitBytes } from './socket-limit.ts'
import { told } from './untold.ts'

/** Logins by PostgreSQL's protocol, which Redshift speaks too. Source: rotation.md 8.2, 9. */

const CONNECT_MS = 5_000
const QUERY_MS = 15_000
/** How long a server may take to say goodbye. */
const CLOSE_MS = 2_000

/** A kind of server that speaks this protocol. */
export interface Dialect {
  /** As it is called in the messages of faults. */
  readonly product: string
  readonly port: number
  readonly database: string
}

export type Row = Readonly<Record<string, unknown>>

/** What pg says when a server has no TLS; it has no code. */
const NO_TLS = 'The server does not support SSL connections'

/** The server says that it has no TLS; no name and no password was sent yet. */
class WithoutTls extends NotConnected {
  constructor() {
    super('tls', 'the server does not support TLS')
  }
}

/** Logs in. Throws NotConnected; FunctionFault for what cannot be sent. */
export async function logIn(secret: DatabaseSecret, dialect: Dialect, signal: AbortSignal): Promise<Wire> {
  assertText(secret.username, secret.password.reveal(), secret.dbname ?? '', secret.host)
  // pg would take what is empty from the environment of this server
  if (secret.username === '' || secret.host === '')
    throw new NotConnected('other', 'the secret names no user or no host to log in with')
  if (secret.tls === 'never') return await open(secret, dialect, false, signal)
  try {
    return await open(secret, dialect, true, signal)
  } catch (error) {
    // a refused certificate or password never leads to a connection in clear
    if (secret.tls === 'try' && error instanceof WithoutTls) return await open(secret, dialect, false, signal)
    throw error
  }
}

async function open(secret: DatabaseSecret, dialect: Dialect, tls: boolean, signal: AbortSignal): Promise<Wire> {
  signal.throwIfAborted()
  const state = { asked: false, inClear: false }
  const client = new pg.Client({
    host: secret.host,
    port: secret.port ?? dialect.port,
    user: secret.username,
    database: secret.dbname ?? dialect.database,
    // a function: what is empty would be taken from the environment or a file of this server
    password: () => {
      state.asked = true
      if (state.inClear && !tls && !mayBeReadable(secret, 'asked')) throw readable()
      return secret.password.reveal()
    },
    ssl: tls
      ? { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(secret.ca === undefined ? {} : { ca: secret.ca }) }
      : false,
    sslnegotiation: 'postgres',
    application_name: 'strongroom rotation',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
  })
  forgetEnvironment(client)
  limitBytes(client.connection.stream as Socket)
  guard(client.connection.stream as Socket)
  client.connection.once('authenticationCleartextPassword', () => {
    state.inClear = true
  })
  const stop = () => client.connection.stream.destroy(new Error('stopped'))
  signal.addEventListener('abort', stop, { once: true })
  const release = () => signal.removeEventListener('abort', stop)
  // without a listener, a connection that breaks between two statements would end the process; the next statement fails anyway
  client.on('error', stop)
  try {
    await client.connect()
    if (!state.asked)
      throw new NotConnected('other', 'the server lets this user in without a password: a login proves nothing')
  } catch (error) {
    release()
    client.connection.stream.destroy()
    throw notConnected(error, secret)
  }
  return new Wire(client, dialect.product, release)
}

/** What pg took from PGOPTIONS, PGREPLICATION, PGBINARY and their like is for the server's own store, not for these databases. */
function forgetEnvironment(client: pg.Client): void {
  const { connectionParameters } = client as unknown as { readonly connectionParameters: Record<string, unknown> }
  Object.assign(connectionParameters, { options: undefined, replication: undefined, client_encoding: undefined })
}

function notConnected(error: unknown, secret: DatabaseSecret): NotConnected {
  if (error instanceof NotConnected) return error
  const { message, code = '' } = error as Error & { code?: string }
  if (code === '' && message === NO_TLS) return new WithoutTls()
  const shown = told(message, [secret.password])
  return new NotConnected(failureOf(message, code), code === '' ? shown : `${code} ${shown}`)
}

/** Source: PostgreSQL, appendix A (codes of errors); pg 8.23. */
function failureOf(message: string, code: string): ConnectFailure {
  if (code === '28P01' || message.includes('client password must be a non-empty string')) return 'auth'
  // before PostgreSQL 9.0, of whose age Redshift is, a wrong password had no code of its own
  if (code === '28000') return message.startsWith('password authentication failed') ? 'auth' : 'not admitted'
  if (code === '3D000') return 'missing database'
  const socket = failureOfSocket(code)
  if (socket === 'tls' || /\b(SSL|TLS)\b/.test(message)) return 'tls'
  if (message === 'timeout expired' || message.startsWith('Connection terminated')) return 'network'
  return socket ?? 'other'
}

/** None of a user's own functions may run as a superuser. For the transaction only: a pooler may keep the connection. */
const OWN_PATH = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)"

/** A login that is through: statements, one after another. */
export class Wire {
  readonly #client: pg.Client
  readonly #product: string
  readonly #release: () => void

  constructor(client: pg.Client, product: string, release: () => void) {
    this.#client = client
    this.#product = product
    this.#release = release
  }

  /**
   * Runs one statement. Errors carry the code and the first line of what the server said, never the statement, and nothing of
   * `secrets`.
   */
  async run(sql: string, secrets: readonly Secret[] = [], values: readonly string[] = []): Promise<Row[]> {
    try {
      const { rows } = await this.#client.query<Row>({ text: sql, values: [...values] })
      return rows
    } catch (error) {
      const { message, code = '' } = error as Error & { code?: string }
      throw new FunctionFault(`${this.#product}: ${code} ${told(message, secrets)}`, 'DatabaseError')
    }
  }

  /** All or nothing: a clone without its rights would look finished to the next attempt. */
  async together(act: () => Promise<void>): Promise<void> {
    await this.run('BEGIN')
    try {
      await this.run(OWN_PATH)
      await act()
      await this.run('COMMIT')
    } catch (error) {
      this.#client.connection.stream.destroy()
      throw error
    }
  }

  /**
   * Runs one statement of somebody else in a transaction that only reads and is never committed. The extended protocol takes
   * one statement at a time: none that ends the transaction can follow it.
   */
  async reading(statement: string, longestMs: number): Promise<void> {
    await this.run('BEGIN READ ONLY')
    try {
      await this.run(`SET LOCAL statement_timeout = ${longestMs}`)
      const alone: pg.QueryConfig & { readonly queryMode: 'extended' } = { text: statement, queryMode: 'extended' }
      await this.#client.query(alone)
      await this.run('ROLLBACK')
    } catch (error) {
      this.#client.connection.stream.destroy()
      const { message, code = '' } = error as Error & { code?: string }
      throw new FunctionFault(`rotationCheck: ${code} ${told(message, [])}`, 'CheckFailed')
    }
  }

  identifier(name: string): string {
    assertText(name)
    return this.#client.escapeIdentifier(name)
  }

  literal(text: string): string {
    assertText(text)
    return this.#client.escapeLiteral(text)
  }

  async close(): Promise<void> {
    this.#release()
    const { stream } = this.#client.connection
    const timer = setTimeout(() => stream.destroy(), CLOSE_MS)
    try {
      await this.#client.end()
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Refuses what no statement can say. */
export function assertText(...texts: string[]): void {
  for (const text of texts) {
    if (text.includes('\0')) throw new FunctionFault('a name or password has a NUL character')
    if (!text.isWellFormed()) throw new FunctionFault('a name or password is no valid Unicode')
  }
}
