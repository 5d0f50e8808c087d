import { askedIn, onIn, type Texts, whoIn } from '#kernel/audit/attributes'
import type { List, Scope } from '#kernel/audit/index/shapes'
import { type Listed, termsOfAsked, termsOfOn, termsOfWho } from '#kernel/audit/index/terms'

/** Texts that are remembered, of one kind, in one account in one Region. */
const MOST_TEXTS = 4_000
const RECENT = 4

/** What a text says, and with what others it came. */
interface Part {
  readonly text: string
  readonly list: List
  readonly seen: Map<Part, number>
}

/** Texts that were seen before. The last few are compared: that is cheaper than the hash of a long text. */
class Known {
  readonly #all = new Map<string, Part>()
  readonly #recent: Part[] = []
  #next = 0

  get(text: string): Part | undefined {
    for (const each of this.#recent) if (each.text === text) return each
    const part = this.#all.get(text)
    if (part !== undefined) this.#keep(part)
    return part
  }

  set(part: Part): void {
    if (this.#all.size >= MOST_TEXTS) this.#all.clear()
    this.#all.set(part.text, part)
    this.#keep(part)
  }

  #keep(part: Part): void {
    this.#recent[this.#next] = part
    this.#next = (this.#next + 1) % RECENT
  }
}

/** Records that have no shape yet, by their texts one by one: many callers from many places have few records of each. */
export class Parts {
  readonly #scope: Scope
  readonly #who = new Known()
  readonly #asked = new Known()
  readonly #on = new Known()

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** Puts a record into its lists; how often this caller has asked that; undefined: the record is to be parsed. */
  add({ who, asked, on, errorCode, readOnly }: Texts, place: number): number | undefined {
    const caller = this.#part(this.#who, who, (text) => {
      const found = whoIn(text)
      return found && termsOfWho(found)
    })
    const what = this.#part(this.#asked, asked, (text) => {
      const found = askedIn(text)
      return found && termsOfAsked(found)
    })
    const thing = this.#part(this.#on, on, (text) => {
      const found = onIn(text)
      return found && termsOfOn(found)
    })
    if (caller === undefined || what === undefined || thing === undefined) return undefined
    for (const { list } of [caller, what, thing]) list.push(place)
    this.#scope.put('All', '', place)
    this.#scope.put('ReadOnly', readOnly ? 'true' : 'false', place)
    if (errorCode !== undefined) {
      this.#scope.put('ErrorCode', errorCode, place)
      return 0
    }
    const count = (caller.seen.get(what) ?? 0) + 1
    caller.seen.set(what, count)
    return count
  }

  #part(
    known: Known,
    text: string,
    termsOf: (text: string) => readonly (readonly [Listed, string])[] | undefined,
  ): Part | undefined {
    const found = known.get(text)
    if (found !== undefined) return found
    const terms = termsOf(text)
    if (terms === undefined) return undefined
    // a part of a text would keep the whole in memory
    const part = { text: Buffer.from(text).toString(), list: this.#scope.list(terms), seen: new Map() }
    known.set(part)
    return part
  }
}
