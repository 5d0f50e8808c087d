import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { LookupFunction, Socket } from 'node:net'
import { isLinkLocal } from '#kernel/outbound/addresses'
import { lookupWithout } from '#kernel/outbound/lookup'
import { NotConnected } from './function.ts'

/**
 * No database is at an address of the link, but the metadata services of clouds are: whom a secret, a name of the DNS or a server
 * that sends clients elsewhere leads there is not connected. Loopback and private networks are where databases live.
 */

/** The code of its error is in the form of those that sockets have. */
class LinkLocal extends Error {
  readonly code = 'ELINKLOCAL'

  constructor() {
    super('a link-local address is no place for a database')
  }
}

/** What is refused in here; a test puts addresses that answer in the place of those that may not. */
const refusing = new AsyncLocalStorage<(address: string) => boolean>()
const refusedNow = () => refusing.getStore() ?? isLinkLocal

subscribe('net.client.socket', (message) => {
  if (refusing.getStore() !== undefined) guard((message as { readonly socket: Socket }).socket)
})

/**
 * Runs `act`, in which connections that are made by `net.connect` are guarded. Drivers that make their sockets otherwise need
 * `guard` or `guardedLookup`.
 */
export function guarded<T>(act: () => Promise<T>, refuses: (address: string) => boolean = isLinkLocal): Promise<T> {
  return refusing.run(refuses, act)
}

/** Ends a socket that is about to connect where it may not: when its name is resolved, at the latest before anything is sent. */
export function guard(socket: Socket): void {
  const isRefused = refusedNow()
  socket.on('lookup', (_error, address: string | undefined) => {
    if (address !== undefined && isRefused(address)) socket.destroy(new LinkLocal())
  })
  // some drivers resolve names themselves; the socket must not go amid the attempt
  socket.on('connectionAttempt', (address: string) => {
    if (isRefused(address)) process.nextTick(() => socket.destroy(new LinkLocal()))
  })
}

/** `dns.lookup` for drivers that take one. */
export const guardedLookup = (): LookupFunction => lookupWithout(refusedNow(), () => new LinkLocal())

/** Throws NotConnected for a host that is such an address itself. */
export function refuseLinkLocal(host: string): void {
  if (refusedNow()(host)) throw new NotConnected('network', new LinkLocal().message)
}
