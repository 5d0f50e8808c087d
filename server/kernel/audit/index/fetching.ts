import type { KeyObject } from 'node:crypto'
import { entriesOf } from '#kernel/audit/block'
import { headMac, link, same } from '#kernel/audit/chain'
import type { Page, Pages } from '#kernel/audit/pages'
import { type StoredRecord, taken } from '#kernel/audit/reader'

interface Held {
  readonly number: number
  readonly sequence: number
  readonly texts: readonly string[]
}

/** Blocks kept between two records. */
const MOST_PAGES = 16

/** Reads single records of the journal; neighbours cost one look. */
export class Fetching {
  readonly #pages: Pages
  readonly #writers = new Map<number, string>()
  #held: Held[] = []

  readonly #chainKey: KeyObject | undefined

  /** `chainKey`: the vault's `macKey('audit/head')`; without it records are taken as they stand (a journal in memory). */
  constructor(pages: Pages, chainKey?: KeyObject) {
    this.#pages = pages
    this.#chainKey = chainKey
  }

  /** Undefined: it was taken out of the journal by its retention. Throws when it is missing otherwise, or was altered. */
  async record(number: number, sequence: number): Promise<StoredRecord | undefined> {
    const at = this.#held.findIndex(
      (each) => each.number === number && sequence >= each.sequence && sequence < each.sequence + each.texts.length,
    )
    let page = this.#held[at]
    if (page === undefined) {
      const writer = await this.#writer(number)
      const found = writer === undefined ? undefined : await this.#pages.page(writer, sequence)
      if (found === undefined) {
        if (sequence <= (await this.#pages.pruned(number))) return undefined
        throw new Error(
          `record ${sequence} of writer ${writer ?? `number ${number}`} is missing in the audit journal: see strongroom audit verify`,
        )
      }
      await this.#check(writer as string, found)
      page = { number, sequence: found.sequence, texts: found.lines.split('\n') }
      if (this.#held.length >= MOST_PAGES) this.#held.shift()
      this.#held.push(page)
    }
    const text = page.texts[sequence - page.sequence] as string
    const hash = text.indexOf(' ') + 1
    const line = text.indexOf(' ', hash) + 1
    const writer = this.#writers.get(number) as string
    return { ...taken(text.slice(line)), writer, sequence, hash: text.slice(hash, line - 1), mac: null }
  }

  forget(): void {
    this.#held = []
  }

  /** What somebody altered is not given out for true: the block must end, by its own records, in what its MAC vouches for. */
  async #check(writer: string, page: Page): Promise<void> {
    const key = this.#chainKey
    if (key === undefined) return
    const sealed = await this.#pages.sealed(writer, page.sequence)
    if (sealed?.before === null)
      throw new Error(
        `record ${page.sequence - 1} of writer ${writer} is missing in the audit journal: see strongroom audit verify`,
      )
    const entries = entriesOf(page)
    let before = sealed?.before
    let sound = sealed !== undefined && before !== undefined
    for (const [at, { sequence, hash, line }] of entries.entries()) {
      if (sequence !== page.sequence + at || !sound || link(before as string, writer, sequence, line) !== hash)
        sound = false
      before = hash
    }
    const last = { writer, sequence: page.sequence + entries.length - 1, hash: before ?? '' }
    if (sound && sealed !== undefined && same(sealed.mac, headMac(key, last))) return
    throw new Error(
      `one of the records ${page.sequence} to ${last.sequence} of writer ${writer} was altered in the audit journal: see strongroom audit verify`,
    )
  }

  async #writer(number: number): Promise<string | undefined> {
    let writer = this.#writers.get(number)
    if (writer === undefined) {
      const { stands } = await this.#pages.heads(number, [number])
      writer = stands.find((stand) => stand.number === number)?.writer
      if (writer !== undefined) this.#writers.set(number, writer)
    }
    return writer
  }
}
