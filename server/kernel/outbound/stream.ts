import { createSocket } from 'node:dgram'
import { isIP, connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, getCACertificates } from 'node:tls'
import { Unreachable } from '#kernel/outbound/call'

/** A server that takes a stream of bytes and answers nothing. */
export interface StreamPlace {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Certificate authorities in PEM, besides the public ones. */
  readonly ca?: string | undefined
}

/** A connection to it. */
export interface Stream {
  /** Whether it has ended, by whoever's doing. */
  readonly broken: boolean
  /** Settles when the system has taken the bytes: not that the other side has. Throws Unreachable. */
  write(bytes: Uint8Array, longestMs: number): Promise<void>
  close(): void
}

/** Connects, over TLS with a certificate of that host where it is asked for. Throws Unreachable. */
export async function openStream({ host, port, tls, ca }: StreamPlace, longestMs: number): Promise<Stream> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const named = isIP(host) === 0 ? { servername: host } : {}
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }
  const socket: Socket = tls
    ? connectTls({ host, port, ...named, ...trusted, minVersion: 'TLSv1.2' })
    : connectTcp({ host, port })
  let broken = false
  const waiting = new Set<(error: Error) => void>()
  socket.on('error', (error) => {
    broken = true
    reject(error)
    for (const each of waiting) each(error)
  })
  for (const event of ['close', 'end'] as const)
    socket.on(event, () => {
      broken = true
      const error = new Error('the connection was closed')
      reject(error)
      for (const each of waiting) each(error)
      socket.destroy()
    })
  // Nothing is expected; what comes is not read into memory.
  socket.on('data', () => undefined)
  socket.once(tls ? 'secureConnect' : 'connect', () => resolve())
  const timer = setTimeout(() => socket.destroy(new Error('out of time')), longestMs)
  try {
    await promise
  } catch (cause) {
    socket.destroy()
    throw new Unreachable('no connection', { cause })
  } finally {
    clearTimeout(timer)
  }
  socket.unref()
  return {
    get broken() {
      return broken
    },
    async write(bytes, longestMs) {
      const done = Promise.withResolvers<void>()
      waiting.add(done.reject)
      const timer = setTimeout(() => socket.destroy(new Error('out of time')), longestMs)
      socket.write(bytes, (error) => (error == null ? done.resolve() : done.reject(error)))
      try {
        await done.promise
      } catch (cause) {
        throw new Unreachable('the connection broke off', { cause })
      } finally {
        clearTimeout(timer)
        waiting.delete(done.reject)
      }
    },
    close: () => void socket.destroy(),
  }
}

/** Sends datagrams one after the other; whether they arrive nobody knows. Throws Unreachable. */
export async function sendDatagrams(host: string, port: number, datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
  const failed = Promise.withResolvers<never>()
  socket.on('error', (cause) => failed.reject(new Unreachable('the datagrams could not be sent', { cause })))
  failed.promise.catch(() => undefined)
  try {
    for (const datagram of datagrams) {
      const sent = new Promise<void>((resolve, reject) => {
        socket.send(datagram, port, host, (cause) =>
          cause === null ? resolve() : reject(new Unreachable('a datagram could not be sent', { cause })),
        )
      })
      await Promise.race([sent, failed.promise])
    }
  } finally {
    socket.close()
  }
}
