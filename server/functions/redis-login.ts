import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { RedisArgument, RedisClientOptions, RedisFunctions, RedisModules, RedisScripts } from '@redis/client'
import { driver } from './driver.ts'
import { type ConnectFailure, type DatabaseSecret, FunctionFault, NotConnected } from './function.ts'
import { mayBeReadable, readable } from './readable-login.ts'
import { limitBytes } from './socket-limit.ts'

/** Connections to Redis and Valkey: TLS or not, the login, and why there is none. Source: rotation.md 8.2, 9. */

export const DEFAULT_PORT = 6379
/** The user of servers that know no other, and of whoever names none. */
export const DEFAULT_USERNAME = 'default'
const CONNECT_MS = 5_000
/** Longest silence of the server after a command. */
const SILENCE_MS = 15_000

/** The port that a secret means. */
export const portOf = ({ port }: DatabaseSecret): number => port ?? DEFAULT_PORT

type Options = RedisClientOptions<RedisModules, RedisFunctions, RedisScripts, 2>

/** What we use of the driver's client. */
export interface Client {
  connect(): Promise<unknown>
  sendCommand<T>(args: readonly RedisArgument[], options: object): Promise<T>
}

/** A connection that is through its login. */
export interface Connected {
  readonly client: Client
  /** The driver's sign for a text of the server. */
  readonly blob: number
  release(): void
}

/** The driver hands its sockets out to nobody: those that are opened in here are limited. */
const opening = new AsyncLocalStorage<true>()
subscribe('net.client.socket', (message) => {
  if (opening.getStore()) limitBytes((message as { readonly socket: Socket }).socket)
})

/** Logs in on one server. Throws NotConnected. */
export async function login(secret: DatabaseSecret, signal: AbortSignal): Promise<Connected> {
  const tls = secret.tls === 'require' || (secret.tls === 'try' && !(await speaksPlainly(secret, signal)))
  if (!tls && !mayBeReadable(secret, 'always')) throw readable()
  const redisClient = await driver('@redis/client', 'Redis and Valkey', () => import('@redis/client'))
  // more than one login of the same client would not be a fresh one
  const below = tls ? await opening.run(true, () => reached(secret, signal)) : undefined
  const client = redisClient.createClient(optionsOf(secret, below))
  // stays: what goes wrong fails the command that waits, and without a listener it would end the process
  client.on('error', () => undefined)
  const stop = () => client.destroy()
  signal.addEventListener('abort', stop, { once: true })
  const release = () => {
    signal.removeEventListener('abort', stop)
    client.destroy()
    below?.destroy()
  }
  try {
    await untilStopped(
      signal,
      opening.run(true, () => client.connect()),
    )
  } catch (error) {
    release()
    throw notConnected(error, signal)
  }
  return { client, blob: redisClient.RESP_TYPES.BLOB_STRING, release }
}

/** `below`: a connection over which to speak TLS; without it the driver makes one, without TLS. */
function optionsOf({ host, port, username, password, ca }: DatabaseSecret, below: Socket | undefined): Options {
  return {
    RESP: 2,
    // `AUTH password`: servers before version 6 know no names, and later ones say when this user needs no password at all
    ...(username === DEFAULT_USERNAME ? {} : { username }),
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
      ...(below === undefined
        ? {}
        : {
            ...{ tls: true, socket: below, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
            // a name is said to the server too (SNI): by itself TLS only compares it
            ...(isIP(host) === 0 ? { servername: host } : {}),
            ...(ca === undefined ? {} : { ca }),
          }),
    },
  }
}

/** A connection over which nothing was said yet. */
async function reached(secret: DatabaseSecret, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connectTcp({ host: secret.host, port: portOf(secret), signal, noDelay: true })
  const late = setTimeout(() => reject(new NotConnected('network', 'the server does not answer')), CONNECT_MS)
  // stays: an error that nobody waits for any more must not end the process
  socket.on('error', (error) => reject(notConnected(error, signal)))
  socket.once('connect', resolve)
  try {
    await promise
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(late)
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
export async function untilStopped<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
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
export const kindOf = (error: unknown): string => (error instanceof Error ? error.constructor.name : '')

/** How the server names an error: `NOPERM`. What else it says may hold what was sent. */
export const wordOf = (message: string): string => /^[A-Z]{1,20}(?= |$)/.exec(message)?.[0] ?? 'unknown'
