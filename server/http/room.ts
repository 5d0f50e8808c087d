import { isIPv6 } from 'node:net'
import type { Limits } from '../config.ts'

/** Bodies beyond this size are large ones; a body that arrives in one piece never is, since a socket is read by that much. */
export const SMALL_BYTES = 64 * 1024
/** Bodies beyond this size are uploads, and have a room of their own. */
export const UPLOAD_BYTES = 8 * 1024 * 1024
/** The part of all memory for bodies that large ones may fill: what is left keeps small ones going. */
const LARGE_SHARE = 0.75

/**
 * Counts the memory of bodies that do not arrive in one piece, over all and for each client, so that nobody can fill it
 * alone. One for each server.
 */
export class Room {
  bytes = 0
  readonly #most: number
  readonly #mostLarge: number
  readonly #mostOfClient: number
  readonly #ofClient = new Map<string, number>()

  constructor({ bodiesBytes, clientShare }: Pick<Limits, 'bodiesBytes' | 'clientShare'>, largeShare = LARGE_SHARE) {
    this.#most = bodiesBytes
    this.#mostLarge = bodiesBytes * largeShare
    this.#mostOfClient = bodiesBytes * clientShare
  }

  /** The room for uploads: two at once of the largest, of two clients. Clients are access keys here. */
  static forUploads({ uploadsBytes }: Pick<Limits, 'uploadsBytes'>): Room {
    return new Room({ bodiesBytes: uploadsBytes, clientShare: 0.5 }, 1)
  }

  /** Counts bytes more for a body of a client that is then `total` bytes large; false, and nothing counted, when there is no room. */
  take(client: string, bytes: number, total: number): boolean {
    const all = this.bytes + bytes
    const own = (this.#ofClient.get(client) ?? 0) + bytes
    if (all > (total > SMALL_BYTES ? this.#mostLarge : this.#most) || own > this.#mostOfClient) return false
    this.bytes = all
    this.#ofClient.set(client, own)
    return true
  }

  /** Gives back what was taken. */
  give(client: string, bytes: number): void {
    this.bytes -= bytes
    const left = (this.#ofClient.get(client) ?? 0) - bytes
    if (left > 0) this.#ofClient.set(client, left)
    else this.#ofClient.delete(client)
  }
}

/**
 * Whom an address counts as: itself, or the /64 network of an IPv6 address, since that is what one subscriber gets and can
 * take addresses from at will. Source: RFC 6177.
 */
export function clientOf(address: string): string {
  if (!isIPv6(address)) return address
  const [front = '', back] = address.split('::')
  const groups = front === '' ? [] : front.split(':')
  if (back !== undefined) {
    const rest = back === '' ? 0 : back.split(':').length + (back.includes('.') ? 1 : 0)
    while (groups.length < 8 - rest) groups.push('0')
    groups.push(...back.split(':'))
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
