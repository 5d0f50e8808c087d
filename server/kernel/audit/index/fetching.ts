import type { Pages } from '#kernel/audit/pages'
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

  constructor(pages: Pages) {
    this.#pages = pages
  }

  /** Undefined: it was taken out of the journal by its retention. Throws when it is missing otherwise. */
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
