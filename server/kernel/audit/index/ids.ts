import { timeInId } from '#kernel/audit/index/terms'

/** Of version 7, as `eventIds` makes them: the time, a count, and what is the same in all ids of a process. */
const SIZE = 36
const TAIL = 18
const WHOLE = 0x1000
const NIBBLES = new Uint8Array(256).fill(255)
for (const [value, digit] of [...'0123456789abcdef'].entries()) NIBBLES[digit.charCodeAt(0)] = value

/** Ids of records, in the order in which they came, without a text for each. */
export class Ids {
  /** Milliseconds; 0 in an id of another kind. */
  readonly times: number[] = []
  readonly #counts: number[] = []
  readonly #tails: number[] = []
  readonly #texts: string[] = []
  readonly #known = new Map<string, number>()
  #last = new Uint8Array(0)
  #lastAt = -1

  /** The id that stands from `at` to `end`. */
  add(bytes: Buffer, at: number, end: number): void {
    if (end - at === SIZE && bytes[at + 8] === 45 && bytes[at + 13] === 45 && bytes[at + 14] === 55) {
      let bad = 0
      let time = 0
      let count = 0
      for (let i = at; i < at + TAIL; i++) {
        if (i === at + 8 || i === at + 13 || i === at + 14) continue
        const nibble = NIBBLES[bytes[i] as number] as number
        bad |= nibble
        if (i < at + 13) time = time * 16 + nibble
        else count = count * 16 + nibble
      }
      if (bad < 16) {
        this.#put(time, count, this.#tailAt(bytes, at + TAIL))
        return
      }
    }
    const text = bytes.toString('utf8', at, end)
    this.#put(timeInId(text), WHOLE, this.#textAt(text))
  }

  #put(time: number, count: number, tail: number): void {
    this.times.push(time)
    this.#counts.push(count)
    this.#tails.push(tail)
  }

  #tailAt(bytes: Buffer, at: number): number {
    const last = this.#last
    let same = last.length === TAIL
    for (let i = 0; same && i < TAIL; i++) same = last[i] === bytes[at + i]
    if (!same) {
      this.#last = Uint8Array.prototype.slice.call(bytes, at, at + TAIL)
      this.#lastAt = this.#textAt(bytes.toString('utf8', at, at + TAIL))
    }
    return this.#lastAt
  }

  #textAt(text: string): number {
    const known = this.#known.get(text) ?? this.#texts.push(text) - 1
    this.#known.set(text, known)
    return known
  }

  #text(place: number): string {
    const tail = this.#texts[this.#tails[place] as number] as string
    if (this.#counts[place] === WHOLE) return tail
    const time = (this.times[place] as number).toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${(this.#counts[place] as number).toString(16).padStart(3, '0')}${tail}`
  }

  /** Below 0: the id of place `a` comes before that of `b`, as texts. */
  compare(a: number, b: number): number {
    const ours = this.#counts[a] as number
    const theirs = this.#counts[b] as number
    if (ours !== WHOLE && theirs !== WHOLE) {
      const difference = (this.times[a] as number) - (this.times[b] as number) || ours - theirs
      if (difference !== 0) return difference
    }
    return this.#text(a) < this.#text(b) ? -1 : 1
  }
}
