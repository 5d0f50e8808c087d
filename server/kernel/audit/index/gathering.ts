import { attributesOf, onOf, textsOf } from '#kernel/audit/attributes'
import { viewOver } from '#kernel/audit/index/bytes'
import { Ids } from '#kernel/audit/index/ids'
import { BUCKETS, packBucket, packPart, PART, type RowOf, SEGMENT, union } from '#kernel/audit/index/packing'
import type { About, Segment } from '#kernel/audit/index/segment'
import { Rare } from '#kernel/audit/index/rare'
import { factsOn, type List, listsOf, readBy, readOn, Shapes } from '#kernel/audit/index/shapes'
import { codeOf, type Listed, termsOfAsked, termsOfOn, termsOfWho } from '#kernel/audit/index/terms'
import { taken } from '#kernel/audit/reader'
import type { Tally } from '#kernel/audit/usage/tally'

/** Records of one caller who asks the same, until they are known by their shape; and until that is tried again. */
const LEARN_AT = 12
const LEARN_EVERY = 64
const SPACE = 32
const LINE_END = 10
const ZERO = 48

const digitOf = (byte: number): number => (byte >= ZERO && byte <= ZERO + 9 ? byte - ZERO : Number.NaN)

/** Records that are not in a segment yet, up to as many as one takes, and their lists. */
export class Gathering {
  readonly #most: number
  readonly #shapes = new Shapes()
  readonly #rare = new Rare()
  readonly #times: number[] = []
  readonly #ids = new Ids()
  readonly #numbers: number[] = []
  readonly #sequences: number[] = []
  /** By writer's number: the sequences that are in here. */
  readonly #ranges = new Map<number, { from: number; to: number }>()
  #order: Uint16Array | undefined
  #ranks: Uint16Array | undefined

  /** A quarter of what a segment can hold: where each record is about another secret, its lists take some 10 MiB. */
  constructor(most: number = SEGMENT / 4) {
    this.#most = Math.min(most, SEGMENT)
  }

  get size(): number {
    return this.#times.length
  }

  get full(): boolean {
    return this.size >= this.#most
  }

  /**
   * Takes in the records of a block of one writer that are behind `reached`, at most up to `last`, as long as there is room, and
   * counts them. Answers how far it came.
   */
  take(bytes: Buffer, writer: string, number: number, reached: number, last: number, tally?: Tally): number {
    const view = viewOver(bytes)
    let at = reached
    for (let from = 0; from < bytes.length && at < last && !this.full; ) {
      const newline = bytes.indexOf(LINE_END, from)
      const end = newline < 0 ? bytes.length : newline
      let sequence = 0
      let space = from
      for (; space < end && bytes[space] !== SPACE; space++) sequence = sequence * 10 + digitOf(bytes[space] as number)
      const line = bytes.indexOf(SPACE, space + 1) + 1
      if (sequence > at && sequence <= last && line > 0 && line <= end) {
        this.#add(bytes, view, number, sequence, line, end, writer, tally)
        at = sequence
      } else if (!(sequence <= at)) at++
      from = end + 1
    }
    return at
  }

  /** The record whose line stands from `from` to `end`. */
  #add(
    bytes: Buffer,
    view: DataView,
    number: number,
    sequence: number,
    from: number,
    end: number,
    writer: string,
    tally?: Tally,
  ) {
    this.#spanned(number, sequence)
    const place = this.#times.length
    const shape = this.#shapes.find(bytes, view, from, end)
    let time = 0
    for (let i = from + 37; i < from + 50; i++) time = time * 10 + digitOf(bytes[i] as number)
    if (shape === undefined || Number.isNaN(time)) {
      this.#slowly(bytes, view, number, sequence, from, end, writer, tally)
      return
    }
    this.#put(time, number, sequence)
    this.#ids.add(bytes, from, from + 36)
    shape.list.push(place)
    const { on, additional } = this.#shapes
    const { scope } = shape
    if (on !== undefined) {
      on.list?.push(place)
      tally?.take(writer, sequence, scope.account, scope.region, time, on.slot(shape))
      return
    }
    const { account, region } = scope
    for (const [key, value] of termsOfOn(onOf(undefined, additional)))
      if (key === 'ResourceType') scope.put(key, value, place)
      else this.#rare.add(codeOf(account, region, key, value), place)
    if (tally === undefined) return
    const secret = readOn(additional)
    if (secret !== undefined) tally.read(writer, sequence, time, readBy(shape), secret)
    else tally.count(writer, sequence, account, region, time, factsOn(shape, additional))
  }

  #put(time: number, number: number, sequence: number): void {
    this.#times.push(time)
    this.#numbers.push(number)
    this.#sequences.push(sequence)
    this.#order = undefined
  }

  #slowly(
    bytes: Buffer,
    view: DataView,
    number: number,
    sequence: number,
    from: number,
    end: number,
    writer: string,
    tally: Tally | undefined,
  ): void {
    const text = bytes.toString('utf8', from, end)
    const line = taken(text)
    tally?.add({ ...line, writer, sequence, hash: '', mac: null })
    // What is no line of a record is found by nobody.
    if (!/^[^ ]* [^ ]* [^ ]* [^ ]* /.test(text)) return
    const place = this.#times.length
    const { account, region, record, eventTime } = line
    this.#put(eventTime || 0, number, sequence)
    this.#ids.add(bytes, from, bytes.indexOf(SPACE, from))
    const scope = this.#shapes.scope(account, region)
    const texts = textsOf(record, line.eventId)
    const seen = texts && scope.parts.add(texts, place)
    if (seen !== undefined) {
      if (seen % LEARN_EVERY === LEARN_AT) this.#shapes.learn(bytes, view, from, end, line)
      return
    }
    const put = (key: Listed, value: string) => scope.put(key, value, place)
    const found = attributesOf(record)
    put('All', '')
    for (const [key, value] of [...termsOfWho(found), ...termsOfAsked(found), ...termsOfOn(found)]) put(key, value)
    if (found.errorCode !== undefined) put('ErrorCode', found.errorCode)
    put('ReadOnly', String(found.readOnly))
  }

  #spanned(number: number, sequence: number): void {
    const range = this.#ranges.get(number)
    if (range === undefined) this.#ranges.set(number, { from: sequence, to: sequence })
    else range.to = sequence
  }

  about(): About {
    this.#sort()
    const order = this.#order as Uint16Array
    let firstId = Number.MAX_SAFE_INTEGER
    let lastId = 0
    for (const time of this.#ids.times) {
      if (time < firstId) firstId = time
      if (time > lastId) lastId = time
    }
    return {
      records: this.size,
      firstTime: this.#times[order[0] as number] ?? 0,
      lastTime: this.#times[order.at(-1) as number] ?? 0,
      firstId,
      lastId,
      scopes: [...this.#shapes.scopes].map(({ account, region }) => [account, region] as const),
      ranges: [...this.#ranges].map(([number, { from, to }]) => [number, from, to] as const),
    }
  }

  /** A list, as places in the order of time. */
  list(account: string, region: string, key: Listed, value: string): Uint16Array {
    this.#sort()
    const lists = this.#shapes.lists(account, region, `${key} ${value}`)
    const rare = this.#rare.list(codeOf(account, region, key, value))
    return union(rare.length === 0 ? lists : [...lists, rare], this.#ranks as Uint16Array)
  }

  row(place: number): RowOf {
    this.#sort()
    return this.#row((this.#order as Uint16Array)[place] as number)
  }

  #row(at: number): RowOf {
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
    const frequent: Coded[][] = Array.from({ length: BUCKETS }, () => [])
    for (const { account, region, byTerm } of this.#shapes.scopes)
      for (const [term, listing] of byTerm) {
        const at = term.indexOf(' ')
        const code = codeOf(account, region, term.slice(0, at) as Listed, term.slice(at + 1))
        frequent[bucketOf(code)]?.push({ code, lists: listsOf(listing) })
      }
    const pieces = new Map<number, Buffer>()
    const rare = this.#rare.sorted()
    let next = rare.next()
    // One bucket after the other: what is made for it is garbage before V8 takes it for something that lasts.
    for (const [bucket, terms] of frequent.entries()) {
      const all = [...terms]
      for (; next.done !== true && bucketOf(next.value.code) === bucket; next = rare.next())
        all.push({ code: next.value.code, lists: [next.value.list] })
      const sorted = distinct(all.sort((a, b) => a.code - b.code))
      pieces.set(bucket, packBucket(sorted.map(({ code, lists }) => ({ code, places: union(lists, ranks) }))))
    }
    if (next.done !== true) throw new Error('the terms of the index of the audit trail are not in their order')
    const ids = this.#ids.times
    for (let part = 0; part * PART < order.length; part++) {
      const places = order.subarray(part * PART, (part + 1) * PART)
      let firstId = Number.MAX_SAFE_INTEGER
      let lastId = 0
      for (const at of places) {
        firstId = Math.min(firstId, ids[at] as number)
        lastId = Math.max(lastId, ids[at] as number)
      }
      const rows = Array.from(places, (at) => this.#row(at))
      pieces.set(BUCKETS + part, packPart({ firstId, lastId, rows }))
    }
    return { id, build, about: this.about(), pieces }
  }

  #sort(): void {
    if (this.#order !== undefined) return
    const times = this.#times
    const ids = this.#ids
    const compare = (a: number, b: number) => (times[a] as number) - (times[b] as number) || ids.compare(a, b)
    const order = Uint16Array.from(times, (_, i) => i)
    let sorted = true
    for (let i = 1; sorted && i < order.length; i++) sorted = compare(i - 1, i) < 0
    if (!sorted) order.set(Array.from(order).sort(compare))
    const ranks = new Uint16Array(order.length)
    for (let rank = 0; rank < order.length; rank++) ranks[order[rank] as number] = rank
    this.#order = order
    this.#ranks = ranks
  }
}

/** A term by its code. */
interface Coded {
  readonly code: number
  readonly lists: readonly List[]
}

const bucketOf = (code: number): number => Math.floor(code / 2 ** 40)

/** Two terms with one code share a list. */
function distinct(sorted: readonly Coded[]): Coded[] {
  const found: { readonly code: number; lists: readonly List[] }[] = []
  for (const { code, lists } of sorted) {
    const last = found.at(-1)
    if (last?.code === code) last.lists = [...last.lists, ...lists]
    else found.push({ code, lists })
  }
  return found
}
