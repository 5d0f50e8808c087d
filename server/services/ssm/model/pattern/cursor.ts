import { badPattern } from '../refusals.ts'

/** The characters of a pattern, and how far it was read. */
export class Cursor {
  readonly #text: readonly string[]
  #at = 0

  constructor(text: string) {
    this.#text = Array.from(text)
  }

  get ended(): boolean {
    return this.#at >= this.#text.length
  }

  get next(): string | undefined {
    return this.#text[this.#at]
  }

  /** The character `ahead` of the next one. */
  peek(ahead: number): string | undefined {
    return this.#text[this.#at + ahead]
  }

  take(): string {
    const character = this.#text[this.#at++]
    if (character === undefined) throw badPattern()
    return character
  }

  accept(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.#text[this.#at + i] !== text[i]) return false
    this.#at += text.length
    return true
  }

  /** All before the next `end`, which is passed. */
  until(end: string): string {
    let text = ''
    while (this.next !== end) text += this.take()
    this.#at++
    return text
  }

  /** Digits that stand here, `most` at the most. */
  digits(form: RegExp, most = Number.POSITIVE_INFINITY): string {
    let text = ''
    while (text.length < most && form.test(this.next ?? '')) text += this.take()
    return text
  }

  /** Reads on, unless `work` answers undefined: then it is as if nothing had been read. */
  attempt<T>(work: () => T | undefined): T | undefined {
    const before = this.#at
    const found = work()
    if (found === undefined) this.#at = before
    return found
  }
}
