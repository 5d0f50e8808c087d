import type { Unit } from '#kernel/storage/storage'
import { sizeOfPolicy } from './policies.ts'
import type { Cell, Reading } from './rows.ts'

/** What a reading costs beside its ciphertext, measured with 100,000 of them. */
const OVERHEAD_BYTES = 1300
/** Key ARNs and sets of labels that are kept to be shared. */
const MOST_COMMON = 1000
const DEFAULT_BYTES = 256 * 1024 * 1024

/**
 * The rows of current versions that were read lately, still encrypted: what KMS must open stays for KMS to open, as the
 * caller, on every read. A reading is valid for one generation of the scope `secrets`; a change made here takes out the
 * one secret it changed, a change made by another process everything. Only for stores whose generation is exact when a
 * unit begins (SQLite): with PostgreSQL a change on another node would be seen up to a second late.
 */
export class Readings {
  readonly #mostBytes: number
  /** By account, region, name. */
  readonly #cells = new Map<string, Map<string, Map<string, Reading>>>()
  readonly #keys = new Map<string, string>()
  readonly #labels = new Map<string, readonly string[]>()
  /** What is kept is what a unit of this generation would read. */
  #generation = -1
  #bytes = 0

  constructor(mostBytes = DEFAULT_BYTES) {
    this.#mostBytes = mostBytes
  }

  /** The current version of a secret as an earlier read unit found it, if nothing has changed since. */
  find(unit: Unit, { account, region }: Cell, name: string): Reading | undefined {
    this.#follow(unit)
    return this.#cells.get(account)?.get(region)?.get(name)
  }

  /** Keeps what a read unit has found, in the place of what came first; answers the reading as it is kept. */
  keep(unit: Unit, { account, region }: Cell, name: string, reading: Reading): Reading {
    this.#follow(unit)
    const names = inside(inside(this.#cells, account), region)
    this.#drop(names, name)
    const size = sizeOf(reading)
    for (const oldest of names.keys()) {
      if (this.#bytes + size <= this.#mostBytes) break
      this.#drop(names, oldest)
    }
    // Other accounts and regions hold the rest: theirs stays.
    if (this.#bytes + size > this.#mostBytes) return reading
    const kept = this.#compact(reading)
    names.set(name, kept)
    this.#bytes += size
    return kept
  }

  /**
   * A unit of this process, begun in generation `began`, has committed a change of this secret. A write unit is alone on
   * the store, so its commit makes the number after `began`; whatever else was changed meanwhile has one of its own.
   */
  changed({ account, region }: Cell, name: string, began: number): void {
    if (this.#generation === began) this.#generation = began + 1
    const names = this.#cells.get(account)?.get(region)
    if (names !== undefined) this.#drop(names, name)
  }

  clear(): void {
    this.#cells.clear()
    this.#bytes = 0
  }

  /** The same in less room: texts that most secrets share are there once, both ciphertexts stand in one buffer. */
  #compact({ secret, version }: Reading): Reading {
    if (version === undefined) return { secret, version }
    const { sealed, dataKey } = version
    const bytes = new Uint8Array(sealed.length + dataKey.length)
    bytes.set(sealed)
    bytes.set(dataKey, sealed.length)
    return {
      secret,
      version: {
        ...version,
        keyArn: shared(this.#keys, version.keyArn, version.keyArn),
        labels: shared(this.#labels, JSON.stringify(version.labels), version.labels),
        sealed: bytes.subarray(0, sealed.length),
        dataKey: bytes.subarray(sealed.length),
      },
    }
  }

  #drop(names: Map<string, Reading>, name: string): void {
    const reading = names.get(name)
    if (reading === undefined) return
    names.delete(name)
    this.#bytes -= sizeOf(reading)
  }

  #follow(unit: Unit): void {
    const generation = unit.generation('secrets')
    if (generation === this.#generation) return
    this.clear()
    this.#generation = generation
  }
}

/** The value that is there for `key`, or this one from now on. */
function shared<T>(values: Map<string, T>, key: string, value: T): T {
  const known = values.get(key)
  if (known !== undefined) return known
  if (values.size >= MOST_COMMON) values.clear()
  values.set(key, value)
  return value
}

/** The map under `key`, made when it is not there. */
function inside<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let map = maps.get(key)
  if (map === undefined) {
    map = new Map()
    maps.set(key, map)
  }
  return map
}

function sizeOf({ secret, version }: Reading): number {
  const policy = sizeOfPolicy(secret.policy)
  return OVERHEAD_BYTES + policy + (version === undefined ? 0 : version.sealed.length + version.dataKey.length)
}
