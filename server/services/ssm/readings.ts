import { KeptRows } from '#kernel/storage/kept-rows'
import type { Unit } from '#kernel/storage/storage'
import { sizeOfSharing } from './sharing.ts'
import { type KeptPage, KeptPages } from './kept-pages.ts'
import type { Cell, Parameter, Reading } from './model/parameter.ts'

/** What a reading costs beside its ciphertext and its texts, measured with 100,000 of them. */
const OVERHEAD_BYTES = 1100
const DEFAULT_BYTES = 256 * 1024 * 1024

/**
 * The rows of newest versions that were read lately, still encrypted: what KMS must open stays for KMS to open, as the caller, on
 * every read; and the pages that were put together of them.
 */
export class Readings {
  readonly #rows: KeptRows<Reading>
  readonly #pages = new KeptPages()

  constructor(mostBytes = DEFAULT_BYTES) {
    this.#rows = new KeptRows({ scope: 'parameters', mostBytes, sizeOf, compact, cleared: () => this.#pages.clear() })
  }

  /** The newest version of a parameter as an earlier read unit found it, if nothing has changed since. */
  find(unit: Unit, cell: Cell, key: string): Reading | undefined {
    return this.#rows.find(unit, cell, key)
  }

  /** Keeps what a read unit has found; answers the reading as it is kept. */
  keep(unit: Unit, reading: Reading): Reading {
    return this.#rows.keep(unit, reading.parameter, reading.parameter.key, reading)
  }

  /** A page of what lies below a path as an earlier read unit answered it, if nothing below the path has changed since. */
  findPage(unit: Unit, cell: Cell, path: string, question: string): KeptPage | undefined {
    this.#rows.follow(unit)
    return this.#pages.find(cell, path, question)
  }

  /** Keeps a page that a read unit has put together. */
  keepPage(unit: Unit, cell: Cell, path: string, question: string, page: KeptPage): void {
    this.#rows.follow(unit)
    this.#pages.keep(cell, path, question, page)
  }

  /** A unit of this process, begun in generation `began`, has committed a change of this parameter. */
  changed(parameter: Parameter, began: number): void {
    this.#rows.changed(parameter, parameter.key, began)
    this.#pages.changed(parameter, parameter.key)
  }

  clear(): void {
    this.#rows.clear()
  }
}

/** Its own bytes, not a view of a buffer that holds more. */
function compact({ parameter, version }: Reading): Reading {
  return { parameter, version: version && { ...version, content: Uint8Array.from(version.content) } }
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
