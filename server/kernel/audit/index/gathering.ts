import { askedIn, attributesOf, onIn, textsOf, whoIn } from '#kernel/audit/attributes'
import { any, BUCKETS, packBucket, packPart, PART, type RowOf, SEGMENT } from '#kernel/audit/index/packing'
import type { About, Segment } from '#kernel/audit/index/segment'
import { codeOf, type Listed, termsOfAsked, termsOfOn, termsOfWho, timeInId } from '#kernel/audit/index/terms'

type List = number[]

/** Texts of which the lists are remembered, of one account in one Region. */
const MOST_TEXTS = 20_000
const RECENT = 4

/** The lists of texts that were seen before. The last few are compared: that is cheaper than the hash of a long text. */
class Known {
  readonly #all = new Map<string, readonly List[]>()
  readonly #recent: { readonly text: string; readonly lists: readonly List[] }[] = []
  #next = 0

  get(text: string): readonly List[] | undefined {
    for (const each of this.#recent) if (each.text === text) return each.lists
    const lists = this.#all.get(text)
    if (lists !== undefined) this.#keep(text, lists)
    return lists
  }

  set(text: string, lists: readonly List[]): void {
    if (this.#all.size >= MOST_TEXTS) this.#all.clear()
    this.#all.set(text, lists)
    this.#keep(text, lists)
  }

  #keep(text: string, lists: readonly List[]): void {
    this.#recent[this.#next] = { text, lists }
    this.#next = (this.#next + 1) % RECENT
  }
}

/** The lists of one account in one Region. */
class Lists {
  readonly account: string
  readonly region: string
  readonly all: List = []
  readonly byTerm = new Map<string, List>()
  readonly #who = new Known()
  readonly #asked = new Known()
  readonly #on = new Known()

  constructor(account: string, region: string) {
    this.account = account
    this.region = region
  }

  add(place: number, record: string, eventId: string): void {
    this.all.push(place)
    const texts = textsOf(record, eventId)
    const who =
      texts &&
      this.#listsOf(this.#who, texts.who, (text) => {
        const found = whoIn(text)
        return found && termsOfWho(found)
      })
    const asked =
      texts &&
      this.#listsOf(this.#asked, texts.asked, (text) => {
        const found = askedIn(text)
        return found && termsOfAsked(found)
      })
    const on =
      texts &&
      this.#listsOf(this.#on, texts.on, (text) => {
        const found = onIn(text)
        return found && termsOfOn(found)
      })
    if (texts === undefined || who === undefined || asked === undefined || on === undefined) {
      this.#slowly(place, record)
      return
    }
    for (const list of who) push(list, place)
    for (const list of asked) push(list, place)
    for (const list of on) push(list, place)
    if (texts.errorCode !== undefined) push(this.#list('ErrorCode', texts.errorCode), place)
    push(this.#list('ReadOnly', texts.readOnly ? 'true' : 'false'), place)
  }

  #slowly(place: number, record: string): void {
    const found = attributesOf(record)
    for (const [key, value] of [...termsOfWho(found), ...termsOfAsked(found), ...termsOfOn(found)])
      push(this.#list(key, value), place)
    if (found.errorCode !== undefined) push(this.#list('ErrorCode', found.errorCode), place)
    push(this.#list('ReadOnly', String(found.readOnly)), place)
  }

  #listsOf(
    known: Known,
    text: string,
    termsOf: (text: string) => readonly (readonly [Listed, string])[] | undefined,
  ): readonly List[] | undefined {
    const found = known.get(text)
    if (found !== undefined) return found
    const lists = termsOf(text)?.map(([key, value]) => this.#list(key, value))
    if (lists !== undefined) known.set(own(text), lists)
    return lists
  }

  #list(key: Listed, value: string): List {
    const term = `${key} ${value}`
    let list = this.byTerm.get(term)
    if (list === undefined) {
      list = []
      this.byTerm.set(own(term), list)
    }
    return list
  }

  of(key: Listed, value: string): List {
    return key === 'All' ? this.all : (this.byTerm.get(`${key} ${value}`) ?? [])
  }
}

/** A record of two things of one type stands in its list once. */
function push(list: List, place: number): void {
  if (list.at(-1) !== place) list.push(place)
}

/** A part of a text keeps the whole in memory, a block of a megabyte perhaps: what is kept is a copy. */
const own = (text: string): string => Buffer.from(text).toString()

/** Records that are not in a segment yet, up to as many as one takes, and their lists. */
export class Gathering {
  readonly #most: number
  readonly #lists = new Map<string, Lists>()
  readonly #times: number[] = []
  readonly #ids: string[] = []
  readonly #numbers: number[] = []
  readonly #sequences: number[] = []
  /** By writer's number: the sequences that are in here. */
  readonly #ranges = new Map<number, { from: number; to: number }>()
  #order: Uint16Array | undefined
  #ranks: Uint16Array | undefined

  constructor(most: number = SEGMENT) {
    this.#most = Math.min(most, SEGMENT)
  }

  get size(): number {
    return this.#times.length
  }

  get full(): boolean {
    return this.size >= this.#most
  }

  /** Takes a record in. `line` is its line in the journal. */
  add(number: number, sequence: number, line: string): void {
    const time = line.indexOf(' ') + 1
    const account = line.indexOf(' ', time) + 1
    const region = line.indexOf(' ', account) + 1
    const record = line.indexOf(' ', region) + 1
    const id = line.slice(0, Math.max(time - 1, 0))
    this.#spanned(number, sequence)
    if (time === 0 || account === 0 || region === 0 || record === 0) return
    const place = this.#times.length
    this.#times.push(Number(line.slice(time, account - 1)) || 0)
    this.#ids.push(own(id))
    this.#numbers.push(number)
    this.#sequences.push(sequence)
    const scope = line.slice(account, record - 1)
    let lists = this.#lists.get(scope)
    if (lists === undefined) {
      lists = new Lists(own(line.slice(account, region - 1)), own(line.slice(region, record - 1)))
      this.#lists.set(own(scope), lists)
    }
    lists.add(place, line.slice(record), id)
    this.#order = undefined
  }

  #spanned(number: number, sequence: number): void {
    const range = this.#ranges.get(number)
    if (range === undefined) this.#ranges.set(number, { from: sequence, to: sequence })
    else range.to = sequence
  }

  /** The first sequence of a writer in here. */
  startOf(number: number): number | undefined {
    return this.#ranges.get(number)?.from
  }

  about(): About {
    this.#sort()
    const order = this.#order as Uint16Array
    let firstId = Number.MAX_SAFE_INTEGER
    let lastId = 0
    for (const id of this.#ids) {
      const time = timeInId(id)
      if (time < firstId) firstId = time
      if (time > lastId) lastId = time
    }
    return {
      records: this.size,
      firstTime: this.#times[order[0] as number] ?? 0,
      lastTime: this.#times[order.at(-1) as number] ?? 0,
      firstId,
      lastId,
      scopes: [...this.#lists.values()].map(({ account, region }) => [account, region] as const),
      ranges: [...this.#ranges].map(([number, { from, to }]) => [number, from, to] as const),
    }
  }

  /** A list, as places in the order of time. */
  list(account: string, region: string, key: Listed, value: string): Uint16Array {
    this.#sort()
    const ranks = this.#ranks as Uint16Array
    const lists = this.#lists.get(`${account} ${region}`)
    return Uint16Array.from(lists?.of(key, value) ?? [], (place) => ranks[place] as number).sort()
  }

  row(place: number): RowOf {
    this.#sort()
    const at = (this.#order as Uint16Array)[place] as number
    return {
      time: this.#times[at] as number,
      number: this.#numbers[at] as number,
      sequence: this.#sequences[at] as number,
    }
  }

  /** Everything as a segment. */
  pack(id: number, build: string): Segment {
    this.#sort()
    const order = this.#order as Uint16Array
    const ranks = this.#ranks as Uint16Array
    const terms: { code: number; places: Uint16Array }[][] = Array.from({ length: BUCKETS }, () => [])
    const put = (code: number, list: List) => {
      const places = Uint16Array.from(list, (place) => ranks[place] as number).sort()
      terms[Math.floor(code / 2 ** 40)]?.push({ code, places })
    }
    for (const { account, region, all, byTerm } of this.#lists.values()) {
      put(codeOf(account, region, 'All', ''), all)
      for (const [term, list] of byTerm) {
        const at = term.indexOf(' ')
        put(codeOf(account, region, term.slice(0, at) as Listed, term.slice(at + 1)), list)
      }
    }
    const pieces = new Map<number, Buffer>()
    terms.forEach((bucket, i) => {
      pieces.set(i, packBucket(distinct(bucket.sort((a, b) => a.code - b.code))))
    })
    for (let part = 0; part * PART < order.length; part++) {
      const places = order.subarray(part * PART, (part + 1) * PART)
      const ids = Array.from(places, (at) => timeInId(this.#ids[at] as string))
      const rows = Array.from(places, (_, i) => this.row(part * PART + i))
      const packed = packPart({ firstId: Math.min(...ids), lastId: Math.max(...ids), rows })
      pieces.set(BUCKETS + part, packed)
    }
    return { id, build, about: this.about(), pieces }
  }

  #sort(): void {
    if (this.#order !== undefined) return
    const times = this.#times
    const ids = this.#ids
    const order = Array.from(times, (_, i) => i)
    order.sort(
      (a, b) => (times[a] as number) - (times[b] as number) || ((ids[a] as string) < (ids[b] as string) ? -1 : 1),
    )
    const ranks = new Uint16Array(order.length)
    order.forEach((at, rank) => {
      ranks[at] = rank
    })
    this.#order = Uint16Array.from(order)
    this.#ranks = ranks
  }
}

/** Two terms with one code share a list. */
function distinct(sorted: readonly { code: number; places: Uint16Array }[]): { code: number; places: Uint16Array }[] {
  const found: { code: number; places: Uint16Array }[] = []
  for (const term of sorted) {
    const last = found.at(-1)
    if (last?.code === term.code) last.places = any([last.places, term.places])
    else found.push(term)
  }
  return found
}
