import { lookup } from 'node:dns/promises'
import { request } from 'node:http'
import { isIP, connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, getCACertificates, type TLSSocket } from 'node:tls'
import { isLoopback, isPublic } from './addresses.ts'
import { isPinned } from './pin.ts'

/** How far we go for the keys of an issuer. */
export interface Reach {
  /**
   * Private addresses too, for networks of one's own; and plain http within this machine. Nowhere else: accounts register an
   * issuer without its scheme, so a token that says http would else have the keys of an https issuer fetched unprotected.
   */
  readonly privateIssuers: boolean
  /** A certificate authority of one's own, in PEM, besides the public ones. */
  readonly ca?: string | undefined
}

/** One document that is wanted. */
export interface Wanted {
  readonly url: string
  readonly mostBytes: number
  /** SHA-1 of certificates that make up for a chain that no public authority stands behind. */
  readonly thumbprints: readonly string[]
  /** Milliseconds, for the certificates that are pinned. */
  readonly now: number
  /** Ends everything: name, connection, answer. */
  readonly signal: AbortSignal
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
 * Fetches a document of a stranger's server. Whoever names the address may be hostile: only https, only public addresses, looked
 * up once and then connected to as they are (no name changes its mind in between), no redirects, no credentials, a bounded
 * answer in a bounded time. Throws Unreachable or Unacceptable.
 */
export async function fetchText(wanted: Wanted, reach: Reach): Promise<string> {
  const url = URL.parse(wanted.url)
  if (url === null) throw new Unacceptable('not a URL')
  const secure = url.protocol === 'https:'
  if (!secure && !(reach.privateIssuers && url.protocol === 'http:')) {
    throw new Unacceptable(`${url.protocol} is not https:`)
  }
  if (url.username !== '' || url.password !== '') throw new Unacceptable('a URL with credentials')
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const port = url.port === '' ? PORTS[secure ? 'https:' : 'http:'] : Number(url.port)
  let trouble: unknown
  const allowed = secure ? (reach.privateIssuers ? isAny : isPublic) : isLoopback
  for (const address of await addressesOf(host, wanted.signal, allowed)) {
    let socket: Socket
    try {
      socket = await connected(address, port, wanted.signal)
    } catch (error) {
      trouble = error
      continue
    }
    try {
      return await answerOf(secure ? await secured(socket, host, wanted, reach) : socket, url, wanted)
    } finally {
      socket.destroy()
    }
  }
  throw new Unreachable('nobody answers at its addresses', { cause: trouble })
}

const isAny = () => true

/** The addresses of a host, each of which must be one that we go to. */
async function addressesOf(
  host: string,
  signal: AbortSignal,
  allowed: (address: string) => boolean,
): Promise<string[]> {
  const addresses = isIP(host) === 0 ? await lookedUp(host, signal) : [host]
  for (const address of addresses) {
    if (!allowed(address)) throw new Unacceptable(`${host} has an address that is not public`)
  }
  return addresses.slice(0, MOST_ADDRESSES)
}

async function lookedUp(host: string, signal: AbortSignal): Promise<string[]> {
  let found: readonly { readonly address: string }[]
  try {
    found = await within(signal, lookup(host, { all: true, verbatim: true }))
  } catch (error) {
    if (signal.aborted) throw new Unreachable('its name is not resolved in time', { cause: error })
    // Not told apart from an address that is not public: nobody may ask us what names there are in our network.
    throw new Unacceptable(`${host} is not resolved`, { cause: error })
  }
  return found.map(({ address }) => address)
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

/** TLS over the connection, with a certificate of the host that authorities or thumbprints stand behind. */
async function secured(
  socket: Socket,
  host: string,
  { thumbprints, now, signal }: Wanted,
  { ca }: Reach,
): Promise<TLSSocket> {
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
    await within(signal, promise)
  } catch (error) {
    tls.destroy()
    throw new Unreachable('no TLS connection', { cause: error })
  }
  if (tls.authorized || isPinned(tls.getPeerX509Certificate(), host, thumbprints, now)) return tls
  const cause = tls.authorizationError
  tls.destroy()
  throw new Unacceptable('its certificate is not trusted', { cause })
}

function answerOf(socket: Socket, url: URL, { mostBytes, signal }: Wanted): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const asked = request({
    createConnection: () => socket,
    method: 'GET',
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
    },
  })
  asked.on('error', (cause) => reject(new Unreachable('the connection broke off', { cause })))
  asked.on('close', () => reject(new Unreachable('the connection broke off')))
  asked.on('response', (response) => {
    const refuse = (message: string) => {
      reject(new Unacceptable(message))
      asked.destroy()
    }
    const { statusCode = 0, headers } = response
    // A server in trouble is as one that is not there; a redirect leads where nobody looked.
    if (statusCode >= 500) {
      reject(new Unreachable(`it answers with ${statusCode}`))
      asked.destroy()
      return
    }
    if (statusCode !== 200) return refuse(`it answers with ${statusCode}`)
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
        resolve(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
      } catch (cause) {
        reject(new Unacceptable('its answer is no text', { cause }))
      }
    })
    response.on('close', () => reject(new Unreachable('the answer broke off')))
  })
  asked.end()
  return promise
}
