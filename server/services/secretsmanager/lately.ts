/** Slots; 8 bytes each. */
const SLOTS = 1 << 20
const MINUTE_MS = 60_000

/**
 * Remembers what was last done about each of many keys, and when, in 8 MiB whatever their number: of two keys that fall together the later one
 * stays. What it knows is right but for one key in four thousand million.
 */
export class Lately {
  readonly #seed: number
  readonly #marks = new Uint32Array(SLOTS)
  readonly #minutes = new Uint32Array(SLOTS)

  /** `seed`: chance, so that nobody can choose keys that fall together. */
  constructor(seed: number) {
    this.#seed = seed | 0
  }

  /** `what` was done about `key`: what was done before is forgotten. */
  note(key: string, what: string, now: number): void {
    const [slot, mark] = this.#placeOf(key, what)
    this.#marks[slot] = mark
    this.#minutes[slot] = Math.floor(now / MINUTE_MS)
  }

  /** Whether this was the last about the key, less than `spanMs` ago: to the minute, rather less than more. */
  has(key: string, what: string, now: number, spanMs: number): boolean {
    const [slot, mark] = this.#placeOf(key, what)
    const age = Math.floor(now / MINUTE_MS) - (this.#minutes[slot] as number)
    return this.#marks[slot] === mark && age >= 0 && (age + 1) * MINUTE_MS <= spanMs
  }

  #placeOf(key: string, what: string): readonly [slot: number, mark: number] {
    const slot = hashOf(this.#seed, key)
    return [slot >>> 12, hashOf(hashOf(~this.#seed, key), what)]
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
