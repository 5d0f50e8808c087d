import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '#kernel/random'

const SIZE = 32

/**
 * A root key in memory (level 1): the one place where its bytes are, in memory of their own that is overwritten by `forget`.
 * Bytes and not a KeyObject, because a KeyObject is freed when the collector comes to it, and not before.
 */
export class Root {
  /** Counted from 1; each `rekey` makes the next one. */
  readonly number: number
  #bytes: Buffer | undefined

  /** Takes the bytes over: the caller must not use them afterwards. */
  constructor(bytes: Uint8Array, number: number) {
    if (bytes.length !== SIZE) throw new Error(`a root key has ${SIZE} bytes`)
    this.#bytes = Buffer.allocUnsafeSlow(SIZE)
    this.#bytes.set(bytes)
    bytes.fill(0)
    this.number = number
  }

  static make(random: Random, number: number): Root {
    return new Root(random.bytes(SIZE), number)
  }

  /** The key, to wrap and unwrap the keyring with. */
  key(): KeyObject {
    return createSecretKey(this.bytes())
  }

  /** A key of its own for a use: `HMAC-SHA-256(root, "strongroom/root/v1/" use)`. */
  subkey(use: string): KeyObject {
    const bytes = createHmac('sha256', this.key()).update(`strongroom/root/v1/${use}`).digest()
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return key
  }

  /** The bytes themselves, not a copy: not to be kept. */
  bytes(): Buffer {
    if (this.#bytes === undefined) throw new Error('the root key is forgotten')
    return this.#bytes
  }

  /** Whether it is the same key. */
  equals(other: Root): boolean {
    return this.key().equals(other.key())
  }

  /** Overwrites the bytes. */
  forget(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }
}
