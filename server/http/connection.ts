import { BlockList, isIP, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Limits } from '../config.ts'
import { clientOf } from './room.ts'

/** A body that is being read. */
export interface Upload {
  /** Told every `spanMs`, so that a body that comes too slowly is cut off. */
  waited(spanMs: number): void
}

/** What is known about a connection; asked once, since it costs system calls. */
export interface Connection {
  /** Without the `::ffff:` of IPv4 addresses on an IPv6 socket. */
  readonly peer: string
  readonly secure: boolean
  readonly tls: { readonly version: string; readonly cipher: string } | undefined
  /** The peer is a proxy whose X-Forwarded-… headers count. */
  readonly proxy: boolean
  /** Requests that are read and not yet answered: more than one when the client pipelines. */
  inFlight: number
  /** A request was turned away, and with it the connection: what follows on it is not looked at. */
  refused: boolean
  /** Requests that came after that. */
  ignored: number
  /** The body that is on its way; HTTP/1.1 has no more than one at a time. */
  upload: Upload | undefined
}

const CONNECTION = Symbol('connection')
type Held = Socket & { [CONNECTION]?: Connection }

/** The connection of a socket, kept on it. */
export function connectionOf(socket: Held, proxies: BlockList | undefined): Connection {
  socket[CONNECTION] ??= describe(socket, proxies)
  return socket[CONNECTION]
}

/** The connection of a socket that has carried a request, else undefined. */
export function knownConnection(socket: Held): Connection | undefined {
  return socket[CONNECTION]
}

function describe(socket: Socket, proxies: BlockList | undefined): Connection {
  const peer = bare(socket.remoteAddress ?? '')
  const tls =
    socket instanceof TLSSocket
      ? { version: socket.getProtocol() ?? 'unknown', cipher: socket.getCipher()?.standardName ?? 'unknown' }
      : undefined
  return {
    peer,
    secure: tls !== undefined,
    tls,
    proxy: proxies !== undefined && contains(proxies, peer),
    inFlight: 0,
    refused: false,
    ignored: 0,
    upload: undefined,
  }
}

/**
 * Lets one peer address have no more than its share of the connections, so that nobody can take all of them alone; what
 * comes beyond is closed unheard, as beyond `connections`. Trusted proxies, which speak for many, may have all.
 */
export function boundPeers(
  server: Server,
  limits: Pick<Limits, 'connections' | 'peerShare'>,
  proxies: BlockList | undefined,
): void {
  const most = Math.ceil(limits.connections * limits.peerShare)
  const open = new Map<string, number>()
  server.prependListener('connection', (socket: Socket) => {
    const peer = bare(socket.remoteAddress ?? '')
    if (proxies !== undefined && contains(proxies, peer)) return
    const client = clientOf(peer)
    const count = (open.get(client) ?? 0) + 1
    if (count > most) {
      socket.destroy()
      return
    }
    open.set(client, count)
    socket.on('close', () => {
      const left = (open.get(client) ?? 0) - 1
      if (left > 0) open.set(client, left)
      else open.delete(client)
    })
  })
}

/** Addresses and networks (`10.0.0.0/8`) as a list to ask; undefined for none. */
export function blockList(networks: readonly string[]): BlockList | undefined {
  if (networks.length === 0) return undefined
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

/**
 * The client behind trusted proxies: the last address of X-Forwarded-For that is no trusted proxy itself, since what
 * stands before it was written by somebody nobody vouches for. Falls back to the peer.
 */
export function clientAddress(connection: Connection, forwardedFor: string | undefined, proxies: BlockList): string {
  const hops = forwardedFor?.split(',') ?? []
  for (let at = hops.length - 1; at >= 0; at--) {
    const hop = bare((hops[at] ?? '').trim())
    if (isIP(hop) === 0) return connection.peer
    if (!contains(proxies, hop)) return hop
  }
  return connection.peer
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

const bare = (address: string): string => (/^::ffff:\d+\./i.test(address) ? address.slice(7) : address)
