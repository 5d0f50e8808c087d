import { type Compiled, compile } from '#kernel/authorization/policy'

/** Characters of the documents that are kept at once; compiled, a document takes about ten times its text. */
const MOST_CHARACTERS = 4 * 1024 * 1024

/** Compiled documents by their text: a document outlives generations and is compiled once for all who have it. */
export class Documents {
  readonly #most: number
  readonly #compiled = new Map<string, Compiled>()
  #characters = 0

  constructor(most = MOST_CHARACTERS) {
    this.#most = most
  }

  /** Characters of the documents that are kept. */
  get characters(): number {
    return this.#characters
  }

  /** The document, compiled. Throws for what is no policy. */
  of(text: string): Compiled {
    const known = this.#compiled.get(text)
    if (known !== undefined) return known
    const fresh = compile(text)
    if (text.length > this.#most) return fresh
    this.#characters += text.length
    // The oldest ones make place.
    for (const old of this.#compiled.keys()) {
      if (this.#characters <= this.#most) break
      this.#compiled.delete(old)
      this.#characters -= old.length
    }
    this.#compiled.set(text, fresh)
    return fresh
  }
}
