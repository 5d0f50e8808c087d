import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { type AddressInfo, isIPv6, type Socket } from 'node:net'
import { type Clock, systemClock } from '#kernel/clock'
import type { Log as KernelLog } from '#kernel/log'
import type { Reply } from '#kernel/protocol/reply'
import { type Random, systemRandom } from '#kernel/random'
import type { Config } from './config.ts'
import { blockList, boundPeers, knownConnection } from './http/connection.ts'
import { type DevControls, devPaths } from './http/dev.ts'
import { Front, type FrontParts, type Path, type Received } from './http/exchange.ts'
import { type Admin, type Health, type Metrics, notFound, operatorPaths } from './http/paths.ts'
import { plainAnswer, type Reason, statusOfParserError } from './http/refusal.ts'
import { expiryNote, type Pair, readPair } from './http/tls.ts'
import { StartError } from './start-error.ts'

export type { DevControls } from './http/dev.ts'
export type { Received } from './http/exchange.ts'
export type { Admin, Health, Metrics } from './http/paths.ts'
export type { Reason } from './http/refusal.ts'

/** What this layer and its neighbours ask of the log. */
export type Log = Pick<KernelLog, 'info' | 'warn' | 'error'>

export interface HttpParts {
  /** The pipeline. */
  handle(request: Received): Promise<Reply>
  readonly admin: Admin
  /** What the operation that a request names takes beyond the usual, and may be larger or last longer. */
  allowance?: FrontParts['allowance']
  uploader?: FrontParts['uploader']
  /** Answers of the paths under one prefix that need no signature, because nobody can guess them. */
  readonly downloads?: { readonly prefix: string; answer(path: string, method: string): Promise<Reply> }
  /** Paths of the operator's besides health and metrics. */
  readonly paths?: ReadonlyMap<string, Path>
  /** Only looked at when the config is one of dev. */
  readonly dev?: DevControls
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random?: Random
  /** Told about each request that was turned away unread, for metrics. */
  refused?(reason: Reason): void
}

/** A server that listens. */
export interface Listening {
  /** `http://127.0.0.1:4566`: what a client on this machine uses. */
  readonly url: string
  readonly port: number
  /** What it has to do right now, for metrics. */
  load(): { readonly requests: number; readonly bodiesBytes: number; readonly connections: number }
  /** When the certificate in use expires, milliseconds; undefined without TLS. */
  certificateEnds(): number | undefined
  /** Reads the certificate and its key again; a bad pair is logged and the old one stays. True when the new one is used. */
  reload(): boolean
  /** Stops accepting, lets requests in flight finish for at most `graceMs`, then closes what is left. */
  close(graceMs: number): Promise<void>
}

type HttpConfig = Pick<Config, 'mode' | 'listen' | 'limits'> & {
  readonly tls?: { readonly certificatePath: string; readonly keyPath: string } | undefined
  readonly trustedProxies?: readonly string[]
}

/** Listens as the config says. Throws a StartError when it can't (address taken, bad certificate). */
export async function listen(config: HttpConfig, parts: HttpParts): Promise<Listening> {
  const { clock, log } = parts
  const { limits } = config
  const random = parts.random ?? systemRandom
  const date = dateOf(clock)
  let pair = config.tls === undefined ? undefined : readPair(config.tls, clock.now())
  const admin: Admin = {
    health: async () => noted(await parts.admin.health(), pair && expiryNote(pair.validTo, clock.now())),
  }
  const paths = operatorPaths(admin, parts.metrics, () => front.draining)
  if (config.mode === 'dev' && parts.dev !== undefined)
    for (const [path, answer] of devPaths(parts.dev)) paths.set(path, answer)
  for (const [path, answer] of parts.paths ?? []) paths.set(path, answer)
  const { downloads } = parts
  const downloaded = (path: string) =>
    downloads !== undefined && path.startsWith(downloads.prefix)
      ? (method: string) => downloads.answer(path, method)
      : undefined
  const frontParts: FrontParts = {
    limits,
    handle: parts.handle,
    path: (path) => paths.get(path) ?? downloaded(path) ?? (path.startsWith('/_strongroom/') ? nothing : undefined),
    ...(parts.allowance === undefined ? {} : { allowance: parts.allowance }),
    ...(parts.uploader === undefined ? {} : { uploader: parts.uploader }),
    proxies: blockList(config.trustedProxies ?? []),
    localOnly: config.mode === 'dev',
    requestId: () => random.uuid(),
    date: clock === systemClock ? undefined : date,
    refused: (reason) => parts.refused?.(reason),
    failed: (requestId, error) => log.error({ requestId, err: error }, 'a request failed inside the server'),
  }
  const front = new Front(frontParts)

  if (pair?.expired) log.warn(pair.shown, 'the certificate has expired')
  const server = serverOf(config, pair)
  const sockets = track(server)
  if (limits.peerShare < 1) boundPeers(server, limits, frontParts.proxies)
  const watch = setInterval(() => front.watch(sockets.open), limits.checkEveryMs)
  watch.unref()
  server.on('request', (req: IncomingMessage, res: ServerResponse) => front.accept(req, res))
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => front.accept(req, res, true))
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => front.accept(req, res))
  server.on('connect', (_: IncomingMessage, socket: Socket) => {
    frontParts.refused('not-http')
    socket.on('error', () => socket.destroy())
    socket.end(plainAnswer(405, date()))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = statusOfParserError(error.code)
    if (status === undefined) return void socket.destroy()
    frontParts.refused(status === 408 ? 'too-slow' : 'not-http')
    // Behind an answer that is still due, a status line would be taken for that answer.
    const answerDue = (knownConnection(socket)?.inFlight ?? 0) > 0
    if (!socket.writable || answerDue) return void socket.destroy()
    socket.write(plainAnswer(status, date()))
    socket.destroySoon()
  })
  const port = await bind(server, config.listen)
  const { host } = config.listen
  return {
    certificateEnds: () => pair?.validTo,
    url: `${pair === undefined ? 'http' : 'https'}://${reachable(host)}:${port}`,
    port,
    load: () => ({
      requests: front.requests,
      bodiesBytes: front.room.bytes + front.uploads.bytes,
      connections: sockets.all.size,
    }),
    reload: () => {
      if (config.tls === undefined) {
        log.info({}, 'there is no certificate to read again')
        return false
      }
      const renewed = reload(server as TlsServer, config.tls, clock, log)
      pair = renewed ?? pair
      return renewed !== undefined
    },
    close: async (graceMs) => {
      front.drain()
      await close(server, sockets, graceMs)
      clearInterval(watch)
    },
  }
}

/** Health with one more note. */
function noted(health: Health, note: string | undefined): Health {
  return note === undefined ? health : { ...health, notes: [...(health.notes ?? []), note] }
}

const nothing = async (): Promise<Reply> => notFound

function serverOf({ limits }: HttpConfig, pair: Pair | undefined): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    optimizeEmptyRequests: true,
    // Checked by the front, whose answer has our Date.
    requireHostHeader: false,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    noDelay: true,
  }
  const server =
    pair === undefined
      ? createServer(options)
      : createTlsServer({ ...options, ...pair.context, handshakeTimeout: limits.headersTimeoutMs })
  // Node would drop headers beyond its own count in silence; ours is checked and answered.
  server.maxHeadersCount = 0
  server.maxConnections = limits.connections
  server.timeout = limits.silenceTimeoutMs
  return server
}

async function bind(server: Server, { host, port }: HttpConfig['listen']): Promise<number> {
  server.listen({ host, port, backlog: 1024 })
  try {
    await once(server, 'listening')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'EADDRINUSE')
      throw new StartError(`${host}:${port} is in use by another program`, 'choose another port with --listen', cause)
    if (code === 'EACCES')
      throw new StartError(`this user may not listen on port ${port}`, 'take a port above 1023', cause)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartError(
        `${host} is no address of this machine`,
        'give an address of this machine with --listen',
        cause,
      )
    throw cause
  }
  return (server.address() as AddressInfo).port
}

/** The host that a client on this machine uses to reach an address that is listened on. */
function reachable(host: string): string {
  if (host === '::' || host === '0.0.0.0') return '127.0.0.1'
  return isIPv6(host) ? `[${host}]` : host
}

/** The Date header of the server's own time, made once for each second. Source: RFC 9110 5.6.7. */
function dateOf(clock: Clock): () => string {
  let second = Number.NaN
  let text = ''
  return () => {
    const now = Math.floor(clock.now() / 1000)
    if (now !== second) {
      second = now
      text = new Date(now * 1000).toUTCString()
    }
    return text
  }
}

/** The pair that is in use from now on; undefined when the old one stays. */
function reload(server: TlsServer, paths: NonNullable<HttpConfig['tls']>, clock: Clock, log: Log): Pair | undefined {
  try {
    const pair = readPair(paths, clock.now())
    if (pair.expired) throw new StartError(`the certificate in ${paths.certificatePath} has expired`)
    server.setSecureContext(pair.context)
    log.info(pair.shown, 'new certificate in use')
    return pair
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    log.error({ reason: error.message }, 'the new certificate can not be used, the old one stays')
    return undefined
  }
}

interface Sockets {
  /** All connections, those in a TLS handshake too. */
  readonly all: Set<Socket>
  /** Connections that may carry requests. */
  readonly open: Set<Socket>
}

function track(server: Server): Sockets {
  const sockets: Sockets = { all: new Set(), open: new Set() }
  const into = (set: Set<Socket>) => (socket: Socket) => {
    set.add(socket)
    socket.on('close', () => set.delete(socket))
  }
  server.on('connection', into(sockets.all))
  server.on('connection', into(sockets.open))
  server.on('secureConnection', into(sockets.open))
  return sockets
}

async function close(server: Server, sockets: Sockets, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  // node:http does not count a connection as idle before its first request.
  for (const socket of sockets.open)
    if (knownConnection(socket) === undefined && socket.bytesRead === 0) socket.destroySoon()
  const force = setTimeout(() => {
    for (const socket of sockets.all) socket.destroy()
  }, graceMs)
  await closed
  clearTimeout(force)
}
