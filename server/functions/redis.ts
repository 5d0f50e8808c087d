import { createHash } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import type { RedisArgument, RedisClientOptions, RedisFunctions, RedisModules, RedisScripts } from '@redis/client'
import type { Secret } from '#kernel/values/bytes'
import { driver } from './driver.ts'
import {
  type ConnectFailure,
  type DatabaseSecret,
  type Engine,
  type Finding,
  FunctionFault,
  NotConnected,
  type Session,
} from './function.ts'
import { type AclUser, isWithin, type Reply, readUser, sameRules, settingsOf } from './redis-rules.ts'

/**
 * Redis and Valkey: users of their access control lists. Passwords go over as what the server keeps of them (SHA-256), but for
 * the login itself. Nothing that the server says is told but the first word of an error: it repeats arguments that it does not
 * know. Source: rotation.md 8.6, 9; redis.io, ACL.
 */

const DEFAULT_PORT = 6379
const CONNECT_MS = 5_000
/** Longest silence of the server after a command. */
const SILENCE_MS = 15_000

export const redis: Omit<Engine, 'connect'> & {
  connect(secret: DatabaseSecret, signal: AbortSignal): Promise<RedisSession>
} = {
  names: ['redis', 'valkey'],
  excludeCharacters: '/@"\'\\',
  passwordLength: 32,
  defaultUsername: 'default',
  usernameLimit: () => undefined,
  otherHost: ' master',
  // another port of the host may be a server of somebody who knows the password there
  masterLogin(master, current) {
    if (portOf(master) === portOf(current)) return master
    throw new FunctionFault(
      `Current database port ${portOf(current)} is not the same port as that of master ${portOf(master)}`,
    )
  },
  clone: (username) => (username.endsWith('_clone') ? username.slice(0, -'_clone'.length) : `${username}_clone`),
  connect,
}

/** The port that a secret means. */
export const portOf = ({ port }: DatabaseSecret): number => port ?? DEFAULT_PORT

type Options = RedisClientOptions<RedisModules, RedisFunctions, RedisScripts, 2>

/** What we use of the driver's client. */
interface Client {
  connect(): Promise<unknown>
  sendCommand<T>(args: readonly RedisArgument[], options: object): Promise<T>
}

async function connect(secret: DatabaseSecret, signal: AbortSignal): Promise<RedisSession> {
  refuseUnfit(secret.username, secret.password)
  const tls = secret.tls === 'require' || (secret.tls === 'try' && !(await speaksPlainly(secret, signal)))
  const redisClient = await driver('@redis/client', 'Redis and Valkey', () => import('@redis/client'))
  // more than one login of the same client would not be a fresh one
  const client = redisClient.createClient(optionsOf(secret, tls))
  // stays: what goes wrong fails the command that waits, and without a listener it would end the process
  client.on('error', () => undefined)
  const stop = () => client.destroy()
  signal.addEventListener('abort', stop, { once: true })
  const release = () => {
    signal.removeEventListener('abort', stop)
    client.destroy()
  }
  try {
    await untilStopped(signal, client.connect())
  } catch (error) {
    release()
    throw notConnected(error, signal)
  }
  return new RedisSession(client, redisClient.RESP_TYPES.BLOB_STRING, signal, release)
}

function optionsOf({ host, port, username, password, ca }: DatabaseSecret, tls: boolean): Options {
  return {
    RESP: 2,
    // `AUTH password`: servers before version 6 know no names, and later ones say when this user needs no password at all
    ...(username === redis.defaultUsername ? {} : { username }),
    password: password.reveal(),
    disableClientInfo: true,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: {
      host,
      port: port ?? DEFAULT_PORT,
      connectTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: false,
      ...(tls
        ? { tls: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) }
        : {}),
    },
  }
}

/**
 * Whether the server itself says that it speaks without TLS: it answers a PING in clear, be it with a refusal. Redis has no word
 * for starting TLS; a server with TLS answers this by an alert, or goes. Nothing secret is sent.
 */
function speaksPlainly(secret: DatabaseSecret, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const socket = connectTcp({ host: secret.host, port: portOf(secret), signal })
  socket.setTimeout(CONNECT_MS, () => resolve(false))
  socket.on('error', (error) => reject(notConnected(error, signal)))
  socket.once('connect', () => socket.write('PING\r\n'))
  socket.once('data', (said) => resolve(said[0] === 0x2b || said[0] === 0x2d))
  socket.once('close', () => resolve(false))
  return promise
    .catch((error: unknown) => {
      // who is told nothing before he speaks TLS may well break off
      if (error instanceof NotConnected && /ECONNRESET|EPIPE/.test(error.message)) return false
      throw error
    })
    .finally(() => socket.destroy())
}

/** The promise, unless the signal comes first. */
async function untilStopped<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new FunctionFault('the function was stopped', 'Stopped'))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  promise.catch(() => undefined)
  try {
    return await Promise.race([promise, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/
const NETWORK_CODES = /^(E[A-Z_]+|ERR_SOCKET_[A-Z_]+)$/

function notConnected(error: unknown, signal: AbortSignal): NotConnected {
  if (error instanceof NotConnected) return error
  if (signal.aborted) return new NotConnected('other', 'the function was stopped')
  const { message, code = '' } = error as Error & { code?: string }
  const failed = (failure: ConnectFailure, what: string) => new NotConnected(failure, what)
  if (TLS_CODES.test(code)) return failed('tls', `no TLS with the server (${code})`)
  if (NETWORK_CODES.test(code)) return failed('network', `the server cannot be reached (${code})`)
  if (/Timeout|Closed/.test(kindOf(error))) return failed('network', 'the server does not answer, or breaks off')
  if (message.includes('without any password configured'))
    return failed('other', 'the server lets this user in without a password: a login proves nothing')
  const word = wordOf(message)
  if (word === 'WRONGPASS' || word === 'NOAUTH' || /^ERR invalid password/.test(message))
    return failed('auth', `the server refuses this user with this password (${word})`)
  return failed('other', `the server does not let us in (${word})`)
}

/** The driver's errors have no codes, and no names but those of their classes. */
const kindOf = (error: unknown): string => (error instanceof Error ? error.constructor.name : '')

/** How the server names an error: `NOPERM`. What else it says may hold what was sent. */
const wordOf = (message: string): string => /^[A-Z]{1,20}(?= |$)/.exec(message)?.[0] ?? 'unknown'

/** The server kept what was set: in its file of users, in memory only, or as the one password of a server without users. */
export type Kept = 'file' | 'memory' | 'one password'

/** A command that the server refused. */
class Refused extends FunctionFault {
  readonly word: string
  /** The server has no such command, or not for us. */
  readonly isUnknown: boolean

  constructor(what: string, message: string) {
    const word = wordOf(message)
    const hint =
      word === 'NOPERM'
        ? ': the user that is logged in may not do it. A secret with masterarn has a superuser do it'
        : ''
    super(`The server refuses ${what} (${word})${hint}`, 'DatabaseError')
    this.word = word
    this.isUnknown = /^ERR unknown (sub)?command/i.test(message)
  }
}

export class RedisSession implements Session {
  readonly #client: Client
  readonly #blob: number
  readonly #signal: AbortSignal
  readonly #release: () => void
  /** How the last change was kept. */
  kept: Kept = 'memory'

  constructor(client: Client, blob: number, signal: AbortSignal, release: () => void) {
    this.#client = client
    this.#blob = blob
    this.#signal = signal
    this.#release = release
  }

  async probe(): Promise<void> {
    try {
      await this.#ask('PING', ['PING'])
    } catch (error) {
      // the login is through, and that is the question; what the user may do is another one
      if (!(error instanceof Refused) || error.word !== 'NOPERM') throw error
    }
  }

  async setOwnPassword(username: string, password: Secret, current: Secret): Promise<void> {
    await this.setPasswords(username, password, [current])
  }

  /**
   * Gives a user this password, and lets it keep the first of `others` that it has: all else that it may have had is gone, also
   * what an abandoned rotation left behind. Safe to repeat.
   */
  async setPasswords(username: string, password: Secret, others: readonly Secret[]): Promise<void> {
    refuseUnfit(username, password)
    let user: AclUser | undefined
    try {
      user = await this.#user(username)
    } catch (error) {
      if (!(error instanceof Refused) || !error.isUnknown) throw error
      await this.#setOnly(username, password)
      return
    }
    if (user === undefined) throw new FunctionFault(`The server has no user ${username}`)
    refuseOpen(user, username)
    const other = others.map(hashOf).find((hash) => user.hashes.includes(hash) && hash !== hashOf(password))
    const words = ['resetpass', `#${hashOf(password)}`, ...(other === undefined ? [] : [`#${other}`])]
    await this.#setUser(username, words)
  }

  /** Not found in the access control lists of a server that has none: there is one password for all. */
  async #setOnly(username: string, password: Secret): Promise<void> {
    if (username !== redis.defaultUsername)
      throw new FunctionFault(`The server has no users but ${redis.defaultUsername}: it knows no ACL commands`)
    await this.#ask('CONFIG SET requirepass', ['CONFIG', 'SET', 'requirepass', password.reveal()])
    this.kept = 'one password'
  }

  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    refuseUnfit(original, password)
    refuseUnfit(clone, password)
    const model = await this.#user(original)
    if (model === undefined) throw new FunctionFault(`The server has no user ${original}`)
    refuseOpen(model, original)
    const there = await this.#user(clone)
    // who may log in as x_clone must not have the superuser hand him an x that may do more, or take one from somebody
    if (there !== undefined && !isWithin(there, model))
      throw new FunctionFault(`Attempting to modify user ${clone}, which has rights that ${original} lacks`)
    // one command: the user has all of it or nothing
    await this.#setUser(clone, settingsOf(model, hashOf(password)))
    const made = await this.#user(clone)
    if (made === undefined || !sameRules(made, model))
      throw new FunctionFault('not all rules of the current user could be given to its clone')
  }

  /** What setting passwords of a user, or making its clone, would lack; nothing is changed. */
  async examine(original: string, clone?: string): Promise<readonly Finding[]> {
    const ok = (what: string): Finding => ({ state: 'ok', what })
    let model: AclUser | undefined
    try {
      model = await this.#user(original)
    } catch (error) {
      if (!(error instanceof Refused) || !error.isUnknown || original !== redis.defaultUsername) throw error
      return [{ state: 'warning', what: 'the server has no users (ACL): its one password is refused at once' }]
    }
    if (model === undefined) throw new FunctionFault(`The server has no user ${original}`)
    refuseOpen(model, original)
    const file: Finding = (await this.#hasFile())
      ? ok('the server keeps users in a file')
      : { state: 'warning', what: 'the server keeps users in memory: after a restart it knows its old passwords again' }
    if (clone === undefined)
      return [ok(`the user ${original} would have its new password besides the current one`), file]
    settingsOf(model, '')
    const there = await this.#user(clone)
    if (there === undefined) return [ok(`the user ${clone} would be made with the rules of ${original}`), file]
    if (!isWithin(there, model)) throw new FunctionFault(`The user ${clone} has rights that ${original} lacks`)
    return [ok(`the user ${clone} is there and would get the rules of ${original} and a new password`), file]
  }

  async close(): Promise<void> {
    this.#release()
  }

  async #user(username: string): Promise<AclUser | undefined> {
    return readUser(await this.#ask('ACL GETUSER', ['ACL', 'GETUSER', username]))
  }

  async #setUser(username: string, words: readonly string[]): Promise<void> {
    const bytes = words.map((word) => Buffer.from(word, 'latin1'))
    await this.#ask('ACL SETUSER', ['ACL', 'SETUSER', username, ...bytes])
    this.kept = await this.#save()
  }

  /** Without a file of users the server says so; then a restart brings back what its configuration says. */
  async #save(): Promise<Kept> {
    try {
      await this.#ask('ACL SAVE', ['ACL', 'SAVE'])
      return 'file'
    } catch (error) {
      if (!(error instanceof Refused) || !NO_FILE.has(error.word)) throw error
      // told apart by asking: a file that cannot be written must not look like one that is not there
      if (await this.#hasFile()) throw error
      return 'memory'
    }
  }

  async #hasFile(): Promise<boolean> {
    try {
      const [, file] = (await this.#ask('CONFIG GET aclfile', ['CONFIG', 'GET', 'aclfile'])) as readonly Reply[]
      return String(file ?? '') !== ''
    } catch (error) {
      // who may not see the configuration (as with services that are run for one) has no file to care for
      if (error instanceof Refused) return false
      throw error
    }
  }

  async #ask(what: string, args: readonly RedisArgument[]): Promise<Reply> {
    const asked = this.#client.sendCommand<Reply>(args, { typeMapping: { [this.#blob]: Buffer } })
    try {
      return await untilStopped(this.#signal, asked)
    } catch (error) {
      if (error instanceof FunctionFault) throw error
      if (this.#signal.aborted) throw new FunctionFault('the function was stopped', 'Stopped')
      if (/^(SimpleError|BlobError|ErrorReply)$/.test(kindOf(error))) throw new Refused(what, (error as Error).message)
      throw new FunctionFault(`The connection to the server broke off at ${what}`, 'OperationalError')
    }
  }
}

/** ERR: no file of users. NOPERM: the user may set itself, but save nothing. */
const NO_FILE = new Set(['ERR', 'NOPERM'])

/** What the server keeps of a password, and takes for it. */
const hashOf = (password: Secret): string => createHash('sha256').update(password.reveal()).digest('hex')

function refuseOpen({ withoutPassword }: AclUser, username: string): void {
  if (withoutPassword)
    throw new FunctionFault(`The server lets the user ${username} in without a password: a login proves nothing`)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a name stands in a line of a file, between blanks
const UNFIT = /[\x00-\x20\x7f\u0085\u00a0\u2028\u2029]/

/** The server's file of users is split at blanks and line ends, so names have none. Passwords are kept as hashes and may. */
function refuseUnfit(username: string, password: Secret): void {
  if (username === '' || UNFIT.test(username) || !username.isWellFormed())
    throw new FunctionFault('the name of the user has a blank or a control character, which Redis does not allow')
  const text = password.reveal()
  if (text === '' || text.includes('\0') || !text.isWellFormed())
    throw new FunctionFault('the password is empty, has a NUL character or is no valid Unicode')
}
