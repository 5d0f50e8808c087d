import type { List } from '#kernel/audit/index/shapes'

const FIRST = 1 << 10
const LOW = 0x10000

/**
 * Terms that are not expected again, by their codes: where each record is about another secret, an entry of eight bytes for each of
 * its terms and no object. The same code may come any number of times.
 */
export class Rare {
  /** Two words each: the lower 16 bits of the code above the place, the upper 32 bits. Sorted, they are in the order of codes. */
  #words = new Uint32Array(FIRST * 2)
  #size = 0

  /** `code`: 48 bits, see `codeOf`; `place`: 16 bits. */
  add(code: number, place: number): void {
    const at = this.#size * 2
    if (at === this.#words.length) {
      const words = new Uint32Array(at * 2)
      words.set(this.#words)
      this.#words = words
    }
    this.#words[at] = (code % LOW) * LOW + place
    this.#words[at + 1] = Math.floor(code / LOW)
    this.#size++
  }

  /** The places of a code, in the order in which they came. */
  list(code: number): List {
    const low = code % LOW
    const high = Math.floor(code / LOW)
    const list: List = []
    for (let at = 0; at < this.#size * 2; at += 2)
      if (this.#words[at + 1] === high && (this.#words[at] as number) >>> 16 === low)
        list.push((this.#words[at] as number) & 0xffff)
    return list
  }

  /** Codes, ascending, with their places, ascending. */
  *sorted(): Generator<{ readonly code: number; readonly list: List }> {
    const words = this.#words.slice(0, this.#size * 2)
    // as 64-bit numbers they are sorted without a function for it; no such number is made
    new BigUint64Array(words.buffer).sort()
    const codeAt = (at: number) => (words[at + 1] as number) * LOW + ((words[at] as number) >>> 16)
    for (let at = 0; at < words.length; ) {
      const code = codeAt(at)
      const list = [(words[at] as number) & 0xffff]
      for (at += 2; at < words.length && codeAt(at) === code; at += 2) list.push((words[at] as number) & 0xffff)
      yield { code, list }
    }
  }
}
