import type { Room } from './room.ts'

/** What a body costs from its first byte on. */
const FIRST_BYTES = 4 * 1024
/** How much larger than what has arrived the buffer may be. More copies less, less gives a sender less memory for a byte. */
const GROWTH = 4

const NOTHING = Buffer.alloc(0)

/**
 * A body that arrives in pieces, in one buffer that grows with it. Pieces are copied and not kept: an object for each would
 * cost hundreds of bytes where the sender pays one. The room for the buffer is taken before the buffer; it is at most
 * GROWTH times what has arrived, or FIRST_BYTES, and never more than the body may have.
 */
export class Body {
  filled = 0
  #buffer = NOTHING
  readonly #room: Room
  readonly #client: string
  readonly #most: number

  /** `most`: what the body may have, in bytes; its pieces must not exceed it. */
  constructor(room: Room, client: string, most: number) {
    this.#room = room
    this.#client = client
    this.#most = most
  }

  /** Adds a piece; false when there is no room for it. */
  add(piece: Buffer): boolean {
    const end = this.filled + piece.length
    if (end > this.#buffer.length && !this.#grow(end)) return false
    this.#buffer.set(piece, this.filled)
    this.filled = end
    return true
  }

  #grow(end: number): boolean {
    const capacity = Math.min(this.#most, Math.max(FIRST_BYTES, end * GROWTH))
    if (!this.#room.take(this.#client, capacity - this.#buffer.length, capacity)) return false
    // Not from the pool of Node: a body must not keep more alive than itself, nor lie beside others.
    const larger = Buffer.allocUnsafeSlow(capacity)
    larger.set(this.#buffer.subarray(0, this.filled))
    this.#buffer = larger
    return true
  }

  /** What has arrived; stays valid after `free`, which only ends the count. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.filled)
  }

  /** Gives the room back. */
  free(): void {
    this.#room.give(this.#client, this.#buffer.length)
    this.#buffer = NOTHING
  }
}
