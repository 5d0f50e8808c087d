/** Keys that share a place: the fifth takes the room of the one that is longest ago. */
const WAYS = 4
/** Of a key: what tells it from others, what was done about it, and the minute. */
const WORDS = 3
const SETS = 1 << 17
const SET_SHIFT = 32 - 17
const MINUTE_MS = 60_000

/**
 * Remembers what was last done about each of many keys, and when, in 6 MiB whatever their number: of 200,000 keys it loses one in a hundred, of a
 * million those that are longest ago. What it knows is right but for one time in four thousand million.
 */
export class Lately {
  readonly #seed: number
  readonly #table = new Uint32Array(SETS * WAYS * WORDS)

  /** `seed`: chance, so that nobody can choose keys that fall together. */
  constructor(seed: number) {
    this.#seed = seed | 0
  }

  /** `what` was done about `key`: what was done before is forgotten. */
  note(key: string, what: string, now: number): void {
    const mark = hashOf(~this.#seed, key)
    const from = this.#setOf(key)
    let at = from
    for (let way = 0; way < WAYS; way++) {
      const each = from + way * WORDS
      if (this.#table[each] === mark) {
        at = each
        break
      }
      if ((this.#table[each + 2] as number) < (this.#table[at + 2] as number)) at = each
    }
    this.#table[at] = mark
    this.#table[at + 1] = hashOf(mark, what)
    this.#table[at + 2] = Math.floor(now / MINUTE_MS)
  }

  /** Whether this was the last about the key, less than `spanMs` ago: to the minute, rather less than more. */
  has(key: string, what: string, now: number, spanMs: number): boolean {
    const mark = hashOf(~this.#seed, key)
    const from = this.#setOf(key)
    for (let at = from; at < from + WAYS * WORDS; at += WORDS) {
      if (this.#table[at] !== mark) continue
      const age = Math.floor(now / MINUTE_MS) - (this.#table[at + 2] as number)
      return this.#table[at + 1] === hashOf(mark, what) && age >= 0 && (age + 1) * MINUTE_MS <= spanMs
    }
    return false
  }

  #setOf(key: string): number {
    return (hashOf(this.#seed, key) >>> SET_SHIFT) * WAYS * WORDS
  }
}

function hashOf(seed: number, text: string): number {
  let hash = seed
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x5bd1_e995)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
