import type { Unit } from '#kernel/storage/storage'
import { sizeOfSharing } from './sharing.ts'
import { type KeptPage, KeptPages } from './kept-pages.ts'
import type { Cell, Parameter, Reading } from './model/parameter.ts'

/** What a reading costs beside its ciphertext and its texts, measured with 100,000 of them. */
const OVERHEAD_BYTES = 1100
const DEFAULT_BYTES = 256 * 1024 * 1024

/**
 * The rows of newest versions that were read lately, still encrypted: what KMS must open stays for KMS to open, as the caller, on
 * every read. A reading is valid for one generation of the scope `parameters`; a change made here takes out the one parameter it
 * changed, a change made by another process everything. Only for stores whose generation is exact when a unit begins (SQLite).
 */
export class Readings {
  readonly #mostBytes: number
  readonly #pages = new KeptPages()
  /** By account and region, then by key. */
  readonly #cells = new Map<string, Map<string, Map<string, Reading>>>()
  /** What is kept is what a unit of this generation would read. */
  #generation = -1
  #bytes = 0

  constructor(mostBytes = DEFAULT_BYTES) {
    this.#mostBytes = mostBytes
  }

  /** The newest version of a parameter as an earlier read unit found it, if nothing has changed since. */
  find(unit: Unit, { account, region }: Cell, key: string): Reading | undefined {
    this.#follow(unit)
    return this.#cells.get(account)?.get(region)?.get(key)
  }

  /** Keeps what a read unit has found, in the place of what came first; answers the reading as it is kept. */
  keep(unit: Unit, reading: Reading): Reading {
    this.#follow(unit)
    const { account, region, key } = reading.parameter
    const keys = inside(inside(this.#cells, account), region)
    this.#drop(keys, key)
    const size = sizeOf(reading)
    for (const oldest of keys.keys()) {
      if (this.#bytes + size <= this.#mostBytes) break
      this.#drop(keys, oldest)
    }
    // Other accounts and regions hold the rest: theirs stays.
    if (this.#bytes + size > this.#mostBytes) return reading
    const { parameter, version } = reading
    // Its own bytes, not a view of a buffer that holds more.
    const kept = { parameter, version: version && { ...version, content: Uint8Array.from(version.content) } }
    keys.set(key, kept)
    this.#bytes += size
    return kept
  }

  /** A page of what lies below a path as an earlier read unit answered it, if nothing below the path has changed since. */
  findPage(unit: Unit, cell: Cell, path: string, question: string): KeptPage | undefined {
    this.#follow(unit)
    return this.#pages.find(cell, path, question)
  }

  /** Keeps a page that a read unit has put together. */
  keepPage(unit: Unit, cell: Cell, path: string, question: string, page: KeptPage): void {
    this.#follow(unit)
    this.#pages.keep(cell, path, question, page)
  }

  /**
   * A unit of this process, begun in generation `began`, has committed a change of this parameter. A write unit is alone on the
   * store, so its commit makes the number after `began`; whatever else was changed meanwhile has one of its own.
   */
  changed({ account, region, key }: Parameter, began: number): void {
    if (this.#generation === began) this.#generation = began + 1
    this.#pages.changed({ account, region }, key)
    const keys = this.#cells.get(account)?.get(region)
    if (keys !== undefined) this.#drop(keys, key)
  }

  clear(): void {
    this.#cells.clear()
    this.#pages.clear()
    this.#bytes = 0
  }

  #drop(keys: Map<string, Reading>, key: string): void {
    const reading = keys.get(key)
    if (reading === undefined) return
    keys.delete(key)
    this.#bytes -= sizeOf(reading)
  }

  #follow(unit: Unit): void {
    const generation = unit.generation('parameters')
    if (generation === this.#generation) return
    this.clear()
    this.#generation = generation
  }
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

function sizeOf({ parameter, version }: Reading): number {
  let size = OVERHEAD_BYTES + 3 * parameter.key.length + sizeOfSharing(parameter.sharing)
  for (const [key, value] of parameter.tags) size += 100 + key.length + value.length
  if (version === undefined) return size
  // The value of what is no SecureString is kept beside its ciphertext: see `Texts`.
  size +=
    version.content.length * (version.type === 'SecureString' ? 1 : 2) +
    (version.description?.length ?? 0) +
    (version.allowedPattern?.length ?? 0)
  for (const policy of version.policies) size += policy.length
  return size
}
