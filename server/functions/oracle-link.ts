import { AsyncLocalStorage } from 'node:async_hooks'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { connect, type Socket } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import type { Connection, ConnectionAttributes, default as Driver } from 'oracledb'
import { type DatabaseSecret, FunctionFault, NotConnected } from './function.ts'
import { notConnected, Refused } from './oracle-errors.ts'
import { assertPassword, DEFAULT_PORT, descriptor, dictionaryName } from './oracle-text.ts'

/**
 * Connections by the driver's thin mode, which needs no libraries of Oracle's. What the driver does not do itself is done here: a
 * limit of time over the whole login, stopping, and an end of every socket. Source: rotation.md 8.2, 9.
 */

const CONNECT_MS = 5_000
/** How long a listener may take to answer a ping; one that does not may still speak TLS. */
const PING_MS = 2_000
const QUERY_MS = 15_000
/** How long a server may take to say goodbye. */
const CLOSE_MS = 2_000
/** Most rows that are read of a view: rights of one user. */
const MOST_ROWS = 10_000

type Oracledb = typeof Driver

/** Throws a fault that names the package when it is not there. */
export async function load(
  find: () => Promise<{ readonly default: Oracledb }> = () => import('oracledb'),
): Promise<Oracledb> {
  let driver: Oracledb
  try {
    driver = (await find()).default
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new FunctionFault("the package 'oracledb' is not installed: rotation on Oracle needs it", 'ImportError')
  }
  // the other mode loads libraries of this machine, and takes settings from files of theirs
  if (!driver.thin) throw new FunctionFault('the driver of Oracle was switched out of its thin mode', 'ImportError')
  return driver
}

/** The sockets that one login opened; the driver hands none of them out. */
class Lines {
  readonly #sockets = new Set<Socket>()
  #dropped = false

  add(socket: Socket): void {
    this.#sockets.add(socket)
    // the driver goes on to the next address of a host that has several
    if (this.#dropped) process.nextTick(() => drop(socket))
  }

  /** At once: when the driver is done with a socket, it must not hear any more from it. */
  drop(): void {
    this.#dropped = true
    for (const socket of this.#sockets) drop(socket)
  }
}

/** The driver waits for a connection or an error, not for the end of a socket that never came that far. */
const drop = (socket: Socket): unknown => socket.destroy(socket.connecting ? new Error('stopped') : undefined)

const opening = new AsyncLocalStorage<Lines>()
subscribe('net.client.socket', (message) => opening.getStore()?.add((message as { readonly socket: Socket }).socket))

/** Settles as `work` does, or rejects when `signal` says so. */
async function until<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, stopped])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}

type Rows = readonly (readonly (string | null)[])[]

/** A login that is through. */
export class Link {
  readonly #driver: Oracledb
  readonly #connection: Connection
  readonly #lines: Lines
  readonly #signal: AbortSignal

  private constructor(driver: Oracledb, connection: Connection, lines: Lines, signal: AbortSignal) {
    this.#driver = driver
    this.#connection = connection
    this.#lines = lines
    this.#signal = signal
  }

  /** Throws NotConnected. */
  static async open(secret: DatabaseSecret, signal: AbortSignal): Promise<Link> {
    dictionaryName(secret.username)
    assertPassword(secret.password.reveal())
    descriptor(secret, true, 1)
    const driver = await load()
    if (signal.aborted) throw new NotConnected('other', 'the function was stopped')
    const tls = secret.tls !== 'never' && !(await isClear(secret, signal))
    // a refused certificate or password never leads here
    if (!tls && secret.tls === 'require') throw new NotConnected('tls', 'the listener speaks without TLS on this port')
    const lines = new Lines()
    const limit = AbortSignal.timeout(CONNECT_MS)
    const login = opening.run(lines, () => driver.getConnection(attributes(secret, tls)))
    try {
      const connection = await until(login, AbortSignal.any([signal, limit]))
      // a listener may send the client on to another address, and to one without TLS
      if (tls && !isSecure(connection)) throw new NotConnected('tls', 'the server leads to an address without TLS')
      return new Link(driver, connection, lines, signal)
    } catch (error) {
      lines.drop()
      // it is known already that nothing came of it
      login.catch(() => undefined)
      if (signal.aborted) throw new NotConnected('other', 'the function was stopped')
      if (limit.aborted) throw new NotConnected('network', 'the server does not answer')
      throw notConnected(error)
    }
  }

  /** Rows as texts; none for a statement that has no rows. */
  async ask(sql: string, binds: readonly string[] = [], limitMs = QUERY_MS): Promise<Rows> {
    const { STRING: type, OUT_FORMAT_ARRAY: outFormat } = this.#driver
    const limit = AbortSignal.any([this.#signal, AbortSignal.timeout(limitMs)])
    const options = { maxRows: MOST_ROWS + 1, keepInStmtCache: false, outFormat, fetchTypeHandler: () => ({ type }) }
    const work = this.#connection.execute(sql, binds, options)
    try {
      const { rows = [] } = await until(work, limit)
      if (rows.length > MOST_ROWS) throw new FunctionFault('the user has more rights than can be copied')
      return rows as Rows
    } catch (error) {
      if (error instanceof FunctionFault) throw error
      if (!limit.aborted) throw new Refused(error)
      this.#lines.drop()
      work.catch(() => undefined)
      throw new FunctionFault(
        this.#signal.aborted ? 'the function was stopped' : 'the database does not answer',
        'OperationalError',
      )
    }
  }

  async close(): Promise<void> {
    const timer = setTimeout(() => this.#lines.drop(), CLOSE_MS)
    try {
      await this.#connection.close()
    } finally {
      clearTimeout(timer)
      this.#lines.drop()
    }
  }
}

function attributes(secret: DatabaseSecret, tls: boolean): ConnectionAttributes {
  return {
    user: secret.username,
    password: secret.password.reveal(),
    connectString: descriptor(secret, tls, CONNECT_MS / 1000),
    externalAuth: false,
    // statements hold passwords
    stmtCacheSize: 0,
    events: false,
    program: 'strongroom-rotation',
    machine: 'strongroom',
    osUser: 'strongroom',
    terminal: 'unknown',
    ...(tls && secret.ca !== undefined ? { walletContent: wallet(secret.ca) } : {}),
  }
}

/**
 * The driver takes authorities as part of a wallet only, and a wallet must have a key. This one is made for the moment and of
 * another kind than the certificate's: OpenSSL then does not pair them, and a server that asks for a certificate gets none.
 */
function wallet(authorities: string): string {
  let kind: string | undefined
  try {
    kind = new X509Certificate(authorities).publicKey.asymmetricKeyType
  } catch {
    throw new NotConnected('tls', 'the certificate of the authority in the secret cannot be read')
  }
  const { privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const end = authorities.endsWith('\n') ? '' : '\n'
  return `${authorities}${end}${privateKey.export({ type: 'pkcs8', format: 'pem' })}`
}

/** Whether the socket of the login speaks TLS. If the driver has changed inside, no. */
function isSecure(connection: Connection): boolean {
  const inner = connection as { _impl?: { nscon?: { ntAdapter?: { secure?: unknown } } } }
  return inner._impl?.nscon?.ntAdapter?.secure === true
}

/** Versions 319 down to 300, `(CONNECT_DATA=(COMMAND=ping))`: what tnsping sends. It names nobody and asks for nothing. */
const PING = ((): Buffer => {
  const asked = Buffer.from('(CONNECT_DATA=(COMMAND=ping))')
  const packet = Buffer.alloc(74 + asked.length)
  packet.writeUInt16BE(packet.length, 0)
  packet[4] = 1
  for (const [at, value] of [
    [8, 319],
    [10, 300],
    [12, 1],
    [14, 8192],
    [16, 65_535],
    [22, 1],
    [24, asked.length],
    [26, 74],
  ] as const)
    packet.writeUInt16BE(value, at)
  // no services of native encryption
  packet[32] = 4
  packet[33] = 4
  packet.writeUInt32BE(8192, 58)
  packet.writeUInt32BE(2_097_152, 62)
  asked.copy(packet, 74)
  return packet
})()

/** Longest answer to a ping. */
const LONGEST_ANSWER = 4096

/** Whether bytes are an answer in clear: a packet of the listener's, without checksum. A record of TLS never looks like that. */
export function isListener(answer: Buffer): boolean {
  if (answer.length < 8) return false
  const size = answer.readUInt16BE(0)
  const [accept, refuse, redirect, resend] = [2, 4, 5, 11]
  return (
    size >= 8 &&
    size <= LONGEST_ANSWER &&
    answer.readUInt16BE(2) === 0 &&
    [accept, refuse, redirect, resend].includes(answer[4] as number)
  )
}

/**
 * Whether the listener says that it has no TLS on this port: it answers a ping in clear. A port of Oracle's speaks one or the other,
 * and one in clear would leave a client that begins with TLS waiting.
 */
async function isClear({ host, port = DEFAULT_PORT }: DatabaseSecret, signal: AbortSignal): Promise<boolean> {
  const socket = connect({ host, port })
  const reached = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  let got = Buffer.alloc(0)
  socket.on('connect', () => {
    reached.resolve()
    socket.write(PING)
  })
  socket.on('data', (chunk) => {
    got = Buffer.concat([got, chunk])
    if (got.length >= 8) answered.resolve()
  })
  socket.on('error', ({ code = 'unknown' }: { readonly code?: string }) =>
    reached.reject(new NotConnected('network', `the server cannot be reached (${code})`)),
  )
  // also of one that hangs up on a ping: it may well speak TLS
  socket.on('close', () => answered.resolve())
  const limit = AbortSignal.timeout(CONNECT_MS)
  try {
    await until(reached.promise, AbortSignal.any([signal, limit]))
    await until(Promise.race([answered.promise, after(PING_MS, undefined, { ref: false })]), signal)
    return isListener(got)
  } catch (error) {
    if (signal.aborted) throw new NotConnected('other', 'the function was stopped')
    if (limit.aborted) throw new NotConnected('network', 'the server does not answer')
    throw error
  } finally {
    socket.destroy()
  }
}
