import type { Cell } from './model/parameter.ts'
import { parentOf } from './model/name.ts'

/** What one page costs beside its text and its keys. */
const OVERHEAD_BYTES = 400
const DEFAULT_BYTES = 128 * 1024 * 1024

/** One page of what lies below a path, for everybody who may read the path. */
export interface KeptPage {
  /** The whole answer without decryption, as JSON: ciphertexts, and the values of what is no SecureString. Undefined: not asked yet. */
  readonly text: string | undefined
  readonly keys: readonly string[]
  /** The token for the next page. */
  readonly token: string | undefined
  /** Milliseconds: from then on one of them has expired. */
  readonly until: number
}

/**
 * Pages of GetParametersByPath that were answered lately: applications ask for the same few paths again and again. A change of a
 * parameter takes out the pages of all paths that it lies below. Who owns it (`Readings`) says when everything is old.
 */
export class KeptPages {
  readonly #mostBytes: number
  /** By account, region and path (which has no blank); then by what is asked about the path. */
  readonly #paths = new Map<string, Map<string, KeptPage>>()
  #bytes = 0

  constructor(mostBytes = DEFAULT_BYTES) {
    this.#mostBytes = mostBytes
  }

  find(cell: Cell, path: string, question: string): KeptPage | undefined {
    return this.#paths.get(placeOf(cell, path))?.get(question)
  }

  /** Keeps a page in the place of the paths that came first. */
  keep(cell: Cell, path: string, question: string, page: KeptPage): void {
    const place = placeOf(cell, path)
    const size = sizeOf(place, question, page)
    if (size > this.#mostBytes) return
    for (const oldest of this.#paths.keys()) {
      if (this.#bytes + size <= this.#mostBytes) break
      this.#drop(oldest)
    }
    let pages = this.#paths.get(place)
    if (pages === undefined) {
      pages = new Map()
      this.#paths.set(place, pages)
    }
    const before = pages.get(question)
    if (before !== undefined) this.#bytes -= sizeOf(place, question, before)
    pages.set(question, page)
    this.#bytes += size
  }

  /** The parameter was made, written or deleted. */
  changed(cell: Cell, key: string): void {
    if (this.#paths.size === 0) return
    for (let path = parentOf(key); ; path = parentOf(path)) {
      this.#drop(placeOf(cell, path))
      if (path === '') return
    }
  }

  clear(): void {
    this.#paths.clear()
    this.#bytes = 0
  }

  #drop(place: string): void {
    const pages = this.#paths.get(place)
    if (pages === undefined) return
    this.#paths.delete(place)
    for (const [question, page] of pages) this.#bytes -= sizeOf(place, question, page)
  }
}

function placeOf({ account, region }: Cell, path: string): string {
  return `${account} ${region} ${path}`
}

function sizeOf(place: string, question: string, { text, token, keys }: KeptPage): number {
  let size = OVERHEAD_BYTES + place.length + question.length + (text?.length ?? 0) + (token?.length ?? 0)
  for (const key of keys) size += 32 + key.length
  return size
}
