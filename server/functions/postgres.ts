import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Secret } from '#kernel/values/bytes'
import {
  type ConnectFailure,
  type DatabaseSecret,
  type Engine,
  FunctionFault,
  NotConnected,
  type Session,
} from './function.ts'
import { told } from './untold.ts'

const CONNECT_MS = 5_000
const QUERY_MS = 15_000
/** How long a server may take to say goodbye. */
const CLOSE_MS = 2_000
/** Longest name, in bytes: the server cuts longer ones, and what is left may be another user. Source: NAMEDATALEN. */
const LONGEST_NAME = 63
/** Rounds of a verifier, when the server says nothing of its own; and the most that it may ask of us. */
const ROUNDS = 4096
const MOST_ROUNDS = 100_000

/** PostgreSQL, and Aurora's. Source: rotation.md 8.6, 9. */
export const postgres: Engine = {
  names: ['postgres', 'aurora-postgresql'],
  excludeCharacters: ':/@"\'\\',
  passwordLength: 32,
  usernameLimit: () => LONGEST_NAME,
  usernameSize: (username) => Buffer.byteLength(username),
  clone: (username) => (username.endsWith('_clone') ? username.slice(0, -'_clone'.length) : `${username}_clone`),
  connect,
}

/** What pg says when a server has no TLS; it has no code. */
const NO_TLS = 'The server does not support SSL connections'

/** The server says that it has no TLS; no name and no password was sent yet. */
class WithoutTls extends NotConnected {
  constructor() {
    super('tls', 'the server does not support TLS')
  }
}

async function connect(secret: DatabaseSecret, signal: AbortSignal): Promise<Session> {
  assertText(secret.username, secret.password.reveal(), secret.dbname ?? '', secret.host)
  if (secret.tls === 'never') return await open(secret, false, signal)
  try {
    return await open(secret, true, signal)
  } catch (error) {
    // a refused certificate or password never leads to a connection in clear
    if (secret.tls === 'try' && error instanceof WithoutTls) return await open(secret, false, signal)
    throw error
  }
}

async function open(secret: DatabaseSecret, tls: boolean, signal: AbortSignal): Promise<Session> {
  signal.throwIfAborted()
  const state = { asked: false, inClear: false }
  const client = new pg.Client({
    host: secret.host,
    port: secret.port ?? 5432,
    user: secret.username,
    database: secret.dbname ?? 'postgres',
    // a function: what is empty would be taken from the environment or a file of this server
    password: () => {
      state.asked = true
      if (state.inClear && !tls && secret.tls !== 'never')
        throw new Error('the server asks for the password in clear, without TLS')
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
  return new PostgresSession(client, release)
}

const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/
const NETWORK_CODES = /^(E[A-Z_]+|ERR_SOCKET_[A-Z_]+)$/

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
  if (code === '28000') return 'not admitted'
  if (code === '3D000') return 'missing database'
  if (TLS_CODES.test(code) || /\b(SSL|TLS)\b/.test(message)) return 'tls'
  if (NETWORK_CODES.test(code) || message === 'timeout expired' || message.startsWith('Connection terminated'))
    return 'network'
  return 'other'
}

/** None of a user's own functions may run as a superuser. For the transaction only: a pooler may keep the connection. */
const OWN_PATH = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)"

class PostgresSession implements Session {
  readonly #client: pg.Client
  readonly #release: () => void

  constructor(client: pg.Client, release: () => void) {
    this.#client = client
    this.#release = release
  }

  async probe(): Promise<void> {
    await this.#run('SELECT pg_catalog.now()')
  }

  async setOwnPassword(username: string, password: Secret): Promise<void> {
    const user = this.#name(username)
    await this.#together(async () => {
      await this.#run(`ALTER USER ${user} WITH PASSWORD ${await this.#password(password)}`, [password])
    })
  }

  /** A clone is a member of the original. Not copied: attributes and settings of the role. Source: rotation.md 8.6, 8.7. */
  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    const [from, to] = [this.#name(original), this.#name(clone)]
    await this.#together(async () => {
      const literal = await this.#password(password)
      const there = await this.#run(ABOUT, [], [clone, original])
      const other = there.find(({ rolname }) => rolname === clone)
      if (other === undefined) {
        await this.#run(`CREATE ROLE ${to} WITH LOGIN PASSWORD ${literal}`, [password])
        await this.#run(`GRANT ${from} TO ${to}`)
        return
      }
      const own = there.find(({ rolname }) => rolname === original)
      // who may log in as x_clone must not have the superuser hand him an x that may do more
      const more = RIGHTS.filter((right) => other[right] === true && own?.[right] !== true)
      if (more.length > 0)
        throw new FunctionFault(
          `Attempting to modify user ${clone}, which has rights that ${original} lacks: ${more.join(', ')}`,
        )
      await this.#run(`ALTER USER ${to} WITH PASSWORD ${literal}`, [password])
    })
  }

  /** All or nothing: a clone without its rights would look finished to the next attempt. */
  async #together(act: () => Promise<void>): Promise<void> {
    await this.#run('BEGIN')
    try {
      await this.#run(OWN_PATH)
      await act()
      await this.#run('COMMIT')
    } catch (error) {
      this.#client.connection.stream.destroy()
      throw error
    }
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

  /** Errors carry the code and the first line of what the server said, never the statement. */
  async #run(sql: string, secrets: readonly Secret[] = [], values: readonly string[] = []): Promise<Row[]> {
    try {
      const { rows } = await this.#client.query<Row>({ text: sql, values: [...values] })
      return rows
    } catch (error) {
      const { message, code = '' } = error as Error & { code?: string }
      throw new FunctionFault(`PostgreSQL: ${code} ${told(message, secrets)}`, 'DatabaseError')
    }
  }

  #name(username: string): string {
    assertText(username)
    if (Buffer.byteLength(username) > LONGEST_NAME)
      throw new FunctionFault(`the name of the user is longer than ${LONGEST_NAME} bytes`)
    return this.#client.escapeIdentifier(username)
  }

  /**
   * What stands in the statement for the password. Where the server keeps verifiers it is one, so that the password is in no log
   * of the server; the server would prepare other characters than ASCII (SASLprep), so these are left to it.
   */
  async #password(password: Secret): Promise<string> {
    const text = password.reveal()
    assertText(text)
    const [settings] = await this.#run(SETTINGS)
    if (settings?.kept !== 'scram-sha-256' || !/^[\x20-\x7e]+$/.test(text)) return this.#client.escapeLiteral(text)
    const rounds = Math.min(Math.max(Number(settings.rounds ?? ROUNDS) || ROUNDS, ROUNDS), MOST_ROUNDS)
    // the server would have chosen the salt too, had it made the verifier
    const [made] = await this.#run(Number(settings.version) >= 130_000 ? SALT : OLD_SALT)
    const salt = Buffer.from(String(made?.salt).replaceAll('-', ''), 'hex')
    return this.#client.escapeLiteral(await verifier(text, salt, rounds))
  }
}

type Row = Readonly<Record<string, unknown>>

const SETTINGS = `SELECT pg_catalog.current_setting('password_encryption') AS kept,
  pg_catalog.current_setting('scram_iterations', true) AS rounds,
  pg_catalog.current_setting('server_version_num') AS version`
const SALT = 'SELECT pg_catalog.gen_random_uuid() AS salt'
/** Before version 13. A salt has to be another one each time, not hard to guess. */
const OLD_SALT = `SELECT pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp())) AS salt`

const RIGHTS = ['rolsuper', 'rolcreaterole', 'rolcreatedb', 'rolreplication', 'rolbypassrls'] as const
const ABOUT = `SELECT rolname, ${RIGHTS.join(', ')} FROM pg_catalog.pg_roles WHERE rolname = $1 OR rolname = $2`

/** What the server keeps of a password. Source: RFC 5803, PostgreSQL's pg_authid.rolpassword. */
export async function verifier(password: string, salt: Buffer, rounds: number): Promise<string> {
  if (salt.length !== 16) throw new Error('the salt of a verifier has 16 bytes')
  const salted = await promisify(pbkdf2)(password, salt, rounds, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`
}

function assertText(...texts: string[]): void {
  for (const text of texts) {
    if (text.includes('\0')) throw new FunctionFault('a name or password has a NUL character')
    if (!text.isWellFormed()) throw new FunctionFault('a name or password is no valid Unicode')
  }
}
