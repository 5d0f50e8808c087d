import type { X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { request } from 'node:http'
import { isIP, connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, getCACertificates, type TLSSocket } from 'node:tls'

/** How far we go for somebody who names a URL. */
export interface Reach {
  /** Whether we connect to this address of the host, over TLS. The host as the URL has it: a name in lower case, or an address. */
  mayConnect(address: string, host: string): boolean
  /** The same for plain http; never when it is not given. */
  mayConnectPlain?(address: string, host: string): boolean
  /** Certificate authorities, in PEM, besides the public ones. */
  readonly ca?: string | undefined
  /** The addresses of a name; the system's resolver when it is not given. */
  resolve?(name: string): Promise<readonly string[]>
}

/** One request. */
export interface Asked {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
  /** Besides those that every request has. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Longest answer. */
  readonly mostBytes: number
  /** Read what a refusal says too. */
  readonly readsRefusals?: true
  /** The status is all that is asked for: nothing of the answer is read. */
  readonly statusOnly?: true
  /** Says yes to a certificate that no authority stands behind. */
  vouches?(certificate: X509Certificate, host: string): boolean
  /** Ends everything: name, connection, answer. */
  readonly signal: AbortSignal
}

/** What came back. Redirects are an answer like any other: nobody follows them. */
export interface Answered {
  readonly status: number
  /** Empty unless the status is one of success, or refusals are read. */
  readonly body: string
  /** Retry-After, as it was sent. */
  readonly retryAfter?: string | undefined
}

/** Nobody answered: another try may do. The message is for the log. */
export class Unreachable extends Error {}
/** What answered, or where we were sent, is not what it should be. The message is for the log, and without anything secret. */
export class Unacceptable extends Error {}

/** Addresses of one name that are tried. */
const MOST_ADDRESSES = 4
const MOST_HEADERS = 16 * 1024
const PORTS = { 'https:': 443, 'http:': 80 } as const

/**
 * Asks a stranger's server. Whoever names the address may be hostile: only addresses that `reach` allows, looked up once and
 * then connected to as they are (no name changes its mind in between), no redirects, no credentials, no proxies, a bounded answer
 * in a bounded time, and nothing sent before the certificate was looked at. Throws Unreachable or Unacceptable.
 */
export async function call(asked: Asked, reach: Reach): Promise<Answered> {
  const { signal } = asked
  const url = URL.parse(asked.url)
  if (url === null) throw new Unacceptable('not a URL')
  const secure = url.protocol === 'https:'
  if (!secure && !(reach.mayConnectPlain !== undefined && url.protocol === 'http:')) {
    throw new Unacceptable(`${url.protocol} is not https:`)
  }
  if (url.username !== '' || url.password !== '') throw new Unacceptable('a URL with credentials')
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const port = url.port === '' ? PORTS[secure ? 'https:' : 'http:'] : Number(url.port)
  const allowed = (address: string): boolean =>
    (secure ? reach.mayConnect(address, host) : reach.mayConnectPlain?.(address, host)) === true
  let trouble: unknown
  for (const address of await addressesOf(host, signal, allowed, reach.resolve ?? system)) {
    let socket: Socket
    try {
      socket = await connected(address, port, signal)
    } catch (error) {
      trouble = error
      continue
    }
    try {
      return await answerOf(secure ? await secured(socket, host, asked, reach) : socket, url, asked)
    } finally {
      socket.destroy()
    }
  }
  throw new Unreachable('nobody answers at its addresses', { cause: trouble })
}

async function system(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address)
}

/** The addresses of a host, each of which must be one that we go to. */
async function addressesOf(
  host: string,
  signal: AbortSignal,
  allowed: (address: string) => boolean,
  resolve: NonNullable<Reach['resolve']>,
): Promise<readonly string[]> {
  const addresses = isIP(host) === 0 ? await lookedUp(host, signal, resolve) : [host]
  for (const address of addresses) {
    // a resolver that answers another name would have it looked up once more
    if (isIP(address) === 0 || !allowed(address)) throw new Unacceptable(`${host} has an address that is not public`)
  }
  return addresses.slice(0, MOST_ADDRESSES)
}

async function lookedUp(
  host: string,
  signal: AbortSignal,
  resolve: NonNullable<Reach['resolve']>,
): Promise<readonly string[]> {
  try {
    return await within(signal, resolve(host))
  } catch (error) {
    if (signal.aborted) throw new Unreachable('its name is not resolved in time', { cause: error })
    // Not told apart from an address that is not public: nobody may ask us what names there are in our network.
    throw new Unacceptable(`${host} is not resolved`, { cause: error })
  }
}

/** The promise, unless the signal comes first: what cannot be stopped is left alone. */
function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new Error('out of time'))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([promise, ended]).finally(() => signal.removeEventListener('abort', stop))
}

function connected(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connectTcp({ host: address, port, signal })
  // Stays for the life of the socket: an error that nobody waits for must not end the process.
  socket.on('error', reject)
  socket.once('connect', () => resolve(socket))
  return promise
}

/** TLS over the connection, with a certificate of the host that authorities or the caller stand behind. */
async function secured(socket: Socket, host: string, asked: Asked, { ca }: Reach): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const named = isIP(host) === 0
  const tls = connectTls({
    socket,
    host,
    ...(named && { servername: host }),
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    // Looked at below, before anything is sent.
    rejectUnauthorized: false,
  })
  tls.once('secureConnect', resolve)
  tls.on('error', reject)
  tls.once('close', () => reject(new Error('closed')))
  try {
    await within(asked.signal, promise)
  } catch (error) {
    tls.destroy()
    throw new Unreachable('no TLS connection', { cause: error })
  }
  const certificate = tls.getPeerX509Certificate()
  if (tls.authorized || (certificate !== undefined && asked.vouches?.(certificate, host) === true)) return tls
  const cause = tls.authorizationError
  tls.destroy()
  throw new Unacceptable('its certificate is not trusted', { cause })
}

function answerOf(
  socket: Socket,
  url: URL,
  { method, headers, body, mostBytes, readsRefusals, statusOnly, signal }: Asked,
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const asked = request({
    createConnection: () => socket,
    method,
    path: url.pathname + url.search,
    setHost: false,
    maxHeaderSize: MOST_HEADERS,
    signal,
    headers: {
      host: url.host,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'strongroom',
      connection: 'close',
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
  })
  asked.on('error', (cause) => reject(new Unreachable('the connection broke off', { cause })))
  asked.on('close', () => reject(new Unreachable('the connection broke off')))
  asked.on('response', (response) => {
    const refuse = (message: string) => {
      reject(new Unacceptable(message))
      asked.destroy()
    }
    const { statusCode: status = 0, headers } = response
    // What else it says is of no interest: a refusal, or a redirect that leads where nobody looked.
    if (statusOnly === true || ((status < 200 || status > 299) && readsRefusals !== true)) {
      const later = headers['retry-after']
      resolve({ status, body: '', ...(later === undefined ? {} : { retryAfter: later }) })
      asked.destroy()
      return
    }
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') return refuse('its answer is compressed')
    if (Number(headers['content-length'] ?? 0) > mostBytes) return refuse('its answer is too long')
    const chunks: Buffer[] = []
    let size = 0
    response.on('error', (cause) => reject(new Unreachable('the answer broke off', { cause })))
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > mostBytes) refuse('its answer is too long')
      else chunks.push(chunk)
    })
    response.on('end', () => {
      try {
        resolve({ status, body: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) })
      } catch (cause) {
        reject(new Unacceptable('its answer is no text', { cause }))
      }
    })
    response.on('close', () => reject(new Unreachable('the answer broke off')))
  })
  asked.end(body)
  return promise
}
