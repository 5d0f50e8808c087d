import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Secret } from '#kernel/values/bytes'

interface Entry {
  readonly secret: Secret<string>
  readonly key: KeyObject
}

/**
 * Signing keys by scope, so that a request costs one HMAC instead of five. Bounded: there are two generations, and when the
 * younger one is full the older one, which holds what was not asked for since, is let go.
 */
export class SigningKeys {
  readonly #generation: number
  #young = new Map<string, Entry>()
  #old = new Map<string, Entry>()

  /** @param capacity most keys held at a time */
  constructor(capacity = 4096) {
    this.#generation = Math.max(1, capacity >> 1)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /**
   * The signing key of `secret`. A key made of another secret under the same id is never given: when a credential
   * changes, what was derived from the old one is dropped here.
   * @param id names access key, date, region and service without doubt
   */
  keyFor(id: string, secret: Secret<string>, date: string, region: string, service: string): KeyObject {
    let entry = this.#young.get(id)
    if (entry !== undefined && same(entry.secret, secret)) return entry.key
    const kept = entry === undefined ? this.#old.get(id) : undefined
    this.#old.delete(id)
    entry =
      kept !== undefined && same(kept.secret, secret) ? kept : { secret, key: derive(secret, date, region, service) }
    if (this.#young.size >= this.#generation && !this.#young.has(id)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, entry)
    return entry.key
  }

  /** Forgets all keys. */
  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }
}

/** Both come from the store, none from a request: nobody outside can time this comparison. */
function same(a: Secret<string>, b: Secret<string>): boolean {
  return a === b || a.reveal() === b.reveal()
}

function derive(secret: Secret<string>, date: string, region: string, service: string): KeyObject {
  let key = Buffer.from(`AWS4${secret.reveal()}`)
  for (const part of [date, region, service, 'aws4_request']) {
    const next = createHmac('sha256', key).update(part).digest()
    key.fill(0)
    key = next
  }
  const object = createSecretKey(key)
  key.fill(0)
  return object
}
