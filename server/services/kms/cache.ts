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

/** Bytes that all that is kept may take, as `sizeOf` counts them: some 25,000 keys with the default policy. */
const MOST_BYTES = 256 * 1024 * 1024

/** Bytes that each kind of thing takes, at the most, besides its texts. Measured. */
const SIZES = { key: 4_000, alias: 400, material: 1_500, pair: 12_000, secret: 1_000, grant: 1_000 } as const
/** Bytes of a policy, compiled, for each character. Measured: 18. */
const COMPILED = 20

/** Bytes that a thing with so many characters of text takes. */
export const sizeOf = (kind: keyof typeof SIZES, characters = 0): number => SIZES[kind] + 2 * characters

/** Bytes that a key takes. Whoever makes keys says how large their texts are: they are not to take the server's memory. */
export function sizeOfKey({ policy, principals, description, tags, aliases }: StoredKey): number {
  const texts = [principals, description, ...aliases, ...[...tags].flat()].reduce((sum, text) => sum + text.length, 0)
  return sizeOf('key', texts) + COMPILED * policy.source.length
}

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
  /** Bytes that all of it takes. */
  taken: number
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
    taken: 0,
  }
}

/** Keeps a value in one of the maps of `kept`; when it is too much in all, what was there goes first. */
export function keep<V>(kept: Kept, map: Map<string, V>, name: string, value: V, size: number): void {
  if (size > MOST_BYTES) return
  kept.taken += size
  if (kept.taken > MOST_BYTES) {
    for (const ofRegion of kept.materials.values()) ofRegion.clear()
    for (const each of [kept.keys, kept.aliases, kept.materials, kept.pairs, kept.secrets, kept.grants]) each.clear()
    kept.taken = size
  }
  map.set(name, value)
}
