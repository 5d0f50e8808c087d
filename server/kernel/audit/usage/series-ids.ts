/** Four words of the digest and the id, for each slot. */
const WIDTH = 5
const FIRST_SLOTS = 1 << 10
/** 10 MiB; half of the slots are used. */
const MOST_SLOTS = 1 << 19
/** Slots that are looked at for one digest: those that were chosen to fall together are not all kept. */
const MOST_PROBES = 64

/** Ids of series by the sixteen bytes of their digest, in forty bytes each. What is not kept is in the database. */
export class SeriesIds {
  readonly #most: number
  #table = new Uint32Array(FIRST_SLOTS * WIDTH)
  #size = 0

  constructor(mostSlots = MOST_SLOTS) {
    this.#most = mostSlots
  }

  /** `digest`: of `digestOf`. */
  get(digest: string): number | undefined {
    const at = this.#slotOf(wordAt(digest, 0), wordAt(digest, 4), wordAt(digest, 8), wordAt(digest, 12))
    return (at !== undefined && this.#table[at + 4]) || undefined
  }

  /** Ids begin with 1; beyond 32 bits none is kept. */
  set(digest: string, id: number): void {
    if (id > 0xffff_ffff) return
    if (this.#size * 2 >= this.#table.length / WIDTH) this.#grow()
    this.#put(wordAt(digest, 0), wordAt(digest, 4), wordAt(digest, 8), wordAt(digest, 12), id)
  }

  clear(): void {
    this.#table = new Uint32Array(FIRST_SLOTS * WIDTH)
    this.#size = 0
  }

  #put(a: number, b: number, c: number, d: number, id: number): void {
    const at = this.#slotOf(a, b, c, d)
    if (at === undefined) return
    const table = this.#table
    if (table[at + 4] === 0) this.#size++
    table[at] = a
    table[at + 1] = b
    table[at + 2] = c
    table[at + 3] = d
    table[at + 4] = id
  }

  /** Where it stands, or may stand; undefined: there is no room near its place. */
  #slotOf(a: number, b: number, c: number, d: number): number | undefined {
    const table = this.#table
    const mask = table.length / WIDTH - 1
    for (let slot = a & mask, probes = 0; probes < MOST_PROBES; slot = (slot + 1) & mask, probes++) {
      const at = slot * WIDTH
      if (table[at + 4] === 0) return at
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d) return at
    }
    return undefined
  }

  /** Twice the room; at the bound all begins anew. */
  #grow(): void {
    const before = this.#table
    this.#size = 0
    if (before.length >= this.#most * WIDTH) {
      before.fill(0)
      return
    }
    this.#table = new Uint32Array(before.length * 2)
    for (let at = 0; at < before.length; at += WIDTH) {
      const [a, b, c, d, id] = before.subarray(at, at + WIDTH) as unknown as [number, number, number, number, number]
      if (id !== 0) this.#put(a, b, c, d, id)
    }
  }
}

const wordAt = (digest: string, at: number): number =>
  (digest.charCodeAt(at) |
    (digest.charCodeAt(at + 1) << 8) |
    (digest.charCodeAt(at + 2) << 16) |
    (digest.charCodeAt(at + 3) << 24)) >>>
  0
