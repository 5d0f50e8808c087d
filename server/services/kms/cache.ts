import type { KeyObject } from 'node:crypto'
import type { KeyPair } from './asymmetric/pair.ts'
import type { Material } from './cipher.ts'
import type { Unit } from '#kernel/storage/storage'
import type { Held } from './grants.ts'
import type { StoredKey } from './stored.ts'

/** A key together with one version of its material. */
export interface Opened {
  readonly key: StoredKey
  readonly material: Material
}

/** Keys that are kept at the most; beyond, the oldest goes. A few KB each. */
const MOST = 10_000

/** What is kept of one generation of the store. */
export interface Kept {
  /** By `account/region/id`. */
  readonly keys: Map<string, StoredKey>
  /** Key ids by `account/region/alias`. */
  readonly aliases: Map<string, string>
  /** By region, then by the 32 bytes of the material id as Latin-1. */
  readonly materials: Map<string, Map<string, Opened>>
  /** By the key's ARN. */
  readonly pairs: Map<string, KeyPair>
  /** Secrets of HMAC keys, by ARN. */
  readonly secrets: Map<string, KeyObject>
  /** What a principal holds of a key, by the key's ARN and the principal's ids. */
  readonly grants: Map<string, readonly Held[]>
}

/**
 * Key records, their compiled policies and opened material, for one generation of the store: whatever changes a key, on any
 * node, makes all of it stale. Plaintexts of data keys are never kept (kms.md 13.2: state and permission are checked on
 * each read).
 */
export class KeyCache {
  #generation = -1
  #kept: Kept = none()

  /** What may be used by a unit that began in `generation`; undefined for a unit that is older than what is kept. */
  of(generation: number): Kept | undefined {
    if (generation < this.#generation) return undefined
    if (generation > this.#generation) {
      this.#generation = generation
      this.#kept = none()
    }
    return this.#kept
  }
}

/** Units that changed keys themselves: what they see is not what others may be told. */
const changing = new WeakSet<Unit>()

/** What a unit may use of what is kept, and add to; undefined: it must look for itself. */
export function keptFor(cache: KeyCache, unit: Unit): Kept | undefined {
  return changing.has(unit) ? undefined : cache.of(unit.generation('kms'))
}

/** To be called before a unit changes anything about keys. */
export function touch(unit: Unit): void {
  changing.add(unit)
  unit.touch('kms')
}

function none(): Kept {
  return {
    keys: new Map(),
    aliases: new Map(),
    materials: new Map(),
    grants: new Map(),
    pairs: new Map(),
    secrets: new Map(),
  }
}

/** Keeps a value, and no more than `MOST`. */
export function keep<V>(map: Map<string, V>, name: string, value: V): void {
  if (map.size >= MOST) {
    const oldest = map.keys().next()
    if (oldest.done !== true) map.delete(oldest.value)
  }
  map.set(name, value)
}
