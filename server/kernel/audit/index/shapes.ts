import { attributesOf, onOf, parsed } from '#kernel/audit/attributes'
import { digest, type Pattern, patternOf, stands } from '#kernel/audit/index/bytes'
import { type Listed, termsOfAsked, termsOfOn, termsOfWho } from '#kernel/audit/index/terms'
import { Parts } from '#kernel/audit/index/parts'
import type { Line } from '#kernel/audit/record'
import type { ReadBy } from '#kernel/audit/usage/reads'
import { type Facts, factsOf, type Recorded, type Slot } from '#kernel/audit/usage/tally'

/** Places of records in what is gathered, ascending. */
export type List = number[]

/** The lists of one term: a record may stand in two of them. */
export interface Listing {
  /** Of this term alone. */
  own: List | undefined
  /** Those that other terms have too. */
  shared: List[]
}

const NO_LISTS: List[] = []

/** One account in one Region, and the lists of its terms. */
export class Scope {
  readonly account: string
  readonly region: string
  readonly byTerm = new Map<string, Listing>()
  readonly parts = new Parts(this)
  readonly #ons = new Map<string, On>()

  constructor(account: string, region: string) {
    this.account = account
    this.region = region
  }

  /** A new list that all of these terms have. */
  list(terms: readonly (readonly [Listed, string])[]): List {
    const list: List = []
    for (const [key, value] of terms) {
      const term = `${key} ${value}`
      const listing = this.byTerm.get(term)
      if (listing === undefined) this.byTerm.set(term, { own: undefined, shared: [list] })
      else if (listing.shared.length === 0) listing.shared = [list]
      else if (listing.shared.at(-1) !== list) listing.shared.push(list)
    }
    return list
  }

  /** Puts a record into the list of one term alone. */
  put(key: Listed, value: string, place: number): void {
    const term = `${key} ${value}`
    const listing = this.byTerm.get(term)
    // most terms of secrets are of one record: their lists have room for one
    if (listing === undefined) this.byTerm.set(term, { own: [place], shared: NO_LISTS })
    else if (listing.own === undefined) listing.own = [place]
    else if (listing.own.at(-1) !== place) listing.own.push(place)
  }

  /** By the text of additional data; undefined: it is none. */
  on(text: string): On | undefined {
    const known = this.#ons.get(text)
    if (known !== undefined) return known
    const additionalEventData = parsed(text)
    if (additionalEventData === undefined) return undefined
    const terms = termsOfOn(onOf(undefined, additionalEventData))
    const on = new On(terms.length === 0 ? undefined : this.list(terms), { additionalEventData })
    // a part of a text would keep the whole in memory
    this.#ons.set(Buffer.from(text).toString(), on)
    return on
  }
}

/** Additional data of records: what secret, say. */
export class On {
  readonly list: List | undefined
  readonly additional: { readonly additionalEventData?: unknown }
  #last: Shape | undefined
  #slot: Slot | undefined
  readonly #slots = new Map<Shape, Slot>()

  constructor(list: List | undefined, additional: On['additional']) {
    this.list = list
    this.additional = additional
  }

  /** Where records of a shape are counted that are on this. */
  slot(shape: Shape): Slot {
    if (this.#slot !== undefined && this.#last === shape) return this.#slot
    let slot = this.#slots.get(shape)
    if (slot === undefined) {
      const facts = factsOf({ ...shape.record, ...this.additional } as Recorded)
      slot = { facts, tally: undefined, counter: undefined, minute: 0, count: undefined }
      this.#slots.set(shape, slot)
    }
    this.#last = shape
    this.#slot = slot
    return slot
  }
}

/** What records have in common that one caller made with one operation from one place. */
export interface Shape {
  readonly scope: Scope
  readonly list: List
  /** From the time's end to the parameters. */
  readonly middle: Pattern
  /** What follows the event's id. */
  readonly after: Pattern
  /** Of records without additional data. */
  readonly none: On
  /** A record of it, to count by, without additional data. */
  readonly record: Readonly<Record<string, unknown>>
  /** See `readBy`; undefined: not asked yet. */
  read: ReadBy | null | undefined
}

/** What is counted of a record of a shape with this additional data. */
export const factsOn = ({ record }: Shape, additional: unknown): Facts | undefined =>
  factsOf({ ...record, additionalEventData: additional } as Recorded)

/** The secret that was read, when additional data says that and nothing else. */
export function readOn(additional: unknown): string | undefined {
  const { SecretId, SecretVersionId, ...more } = (additional ?? {}) as Readonly<Record<string, unknown>>
  if (typeof SecretId !== 'string' || typeof SecretVersionId !== 'string') return undefined
  for (const _ in more) return undefined
  return SecretId
}

/** What is counted of records of a shape that read one secret, whichever; null: nothing. */
export function readBy(shape: Shape): ReadBy | null {
  if (shape.read === undefined) {
    const { account, region } = shape.scope
    const facts = factsOf({ ...shape.record, additionalEventData: { SecretId: '' } } as Recorded)
    shape.read = facts === undefined || facts.calls + facts.items === 0 ? null : { facts, account, region }
  }
  return shape.read
}

interface Head {
  /** From the account to the time. */
  readonly pattern: Pattern
  readonly shapes: Shape[]
}

interface Body {
  readonly pattern: Pattern
  readonly scope: Scope
  readonly on: On
  readonly next: Body | undefined
}

const TIME = '},"eventTime":"'
const SOURCE = '","eventSource":"'
const PARAMETERS = ',"requestParameters":'
const ADDITIONAL = ',"additionalEventData":'
const EVENT = patternOf('","eventID":"')
const REQUEST = patternOf(',"requestID":"')
const NOTHING = patternOf(',"responseElements":null')

const ID = 36
const MOMENT = 13
/** Before the account: an id, a time, and a space behind each. */
const BEFORE = ID + 1 + MOMENT + 1
/** `2026-01-02T03:04:05Z` */
const INSTANT = 20
/** Of a head, to find it by: all have so many, of whom is the same in many of them. */
const PROBE = 160
const QUOTE = 34
const SPACE = 32

/** Shapes that are made: some programs call themselves something else each time. */
const MOST_MADE = 8192
const MOST_SHAPES = 6
const MOST_HEADS = 8
const MOST_BODIES = 4_000
/** Bytes of a body that is remembered, and bodies that one digest is remembered of: whoever sends them may choose them. */
const LONGEST_BODY = 4096
const MOST_ALIKE = 4
const ONCE = 1 << 13

/**
 * Tells records apart by the parts of their texts that come again and again, and remembers what those say. A record in which
 * anything stands elsewhere than `recordOf` puts it has no shape, and is to be parsed. Why comparing is safe: see `textsOf`; here
 * what is variable (the time, the two ids) has its one length, and what lies between the middle and the ids is the body, of which
 * only the additional data at its end matters: when that can't be read, what stood there was somebody's parameter.
 */
export class Shapes {
  readonly #scopes = new Map<string, Scope>()
  readonly #heads = new Map<number, Head[]>()
  /** The head of the last record and of the one before: calls and what services ask for them alternate. */
  #last: Head | undefined
  #before: Head | undefined
  #count = 0
  #bodies = new Map<number, Body>()
  #bodyCount = 0
  /** Digests of bodies that came once: what comes once is not worth remembering. */
  readonly #once = new Int32Array(ONCE)
  /** Of the record that `find` found a shape for; undefined: it is seldom, see `additional`. */
  on: On | undefined
  /** The additional data of the record, where `on` is undefined. */
  additional: unknown

  get scopes(): Iterable<Scope> {
    return this.#scopes.values()
  }

  scope(account: string, region: string): Scope {
    const name = `${account} ${region}`
    let scope = this.#scopes.get(name)
    if (scope === undefined) {
      scope = new Scope(account, region)
      this.#scopes.set(name, scope)
    }
    return scope
  }

  /** The lists of a term. */
  lists(account: string, region: string, term: string): readonly List[] {
    return listsOf(this.#scopes.get(`${account} ${region}`)?.byTerm.get(term))
  }

  /** The shape of the record whose line stands from `at` to `end`; and `on`. */
  find(bytes: Buffer, view: DataView, at: number, end: number): Shape | undefined {
    const from = at + BEFORE
    if (end - from < PROBE || bytes[at + ID] !== SPACE || bytes[from - 1] !== SPACE) return undefined
    const before = this.#before
    let head = this.#last
    if (before !== undefined && leads(before, view, from, end)) {
      this.#before = head
      this.#last = before
      head = before
    } else if (head === undefined || !leads(head, view, from, end)) {
      head = this.#heads.get(digest(view, from, from + PROBE))?.find((each) => leads(each, view, from, end))
      this.#before = this.#last
      this.#last = head
    }
    if (head !== undefined) {
      const { pattern, shapes } = head
      for (let i = 0; i < shapes.length; i++) {
        const shape = shapes[i] as Shape
        if (this.#fits(shape, bytes, view, at, from + pattern.size + INSTANT, end)) return shape
      }
    }
    return undefined
  }

  #fits(shape: Shape, bytes: Buffer, view: DataView, at: number, from: number, end: number): boolean {
    const { middle, after } = shape
    const body = from + middle.size
    const id = end - after.size - ID
    const request = id - EVENT.size - ID
    const bodyEnd = request - REQUEST.size
    if (bodyEnd < body + NOTHING.size || !stands(middle, view, from) || !stands(after, view, end - after.size))
      return false
    if (!stands(EVENT, view, id - EVENT.size) || !stands(REQUEST, view, bodyEnd)) return false
    for (let i = 0; i < ID; i += 4) if (view.getInt32(id + i, true) !== view.getInt32(at + i, true)) return false
    // else it would be two members
    for (let i = request; i < request + ID; i++) if (bytes[i] === QUOTE) return false
    return this.#has(shape, bytes, view, body, bodyEnd)
  }

  /** Whether the body can be read: then `on` says what the record is on, or `additional`. */
  #has(shape: Shape, bytes: Buffer, view: DataView, from: number, end: number): boolean {
    this.on = shape.none
    if (stands(NOTHING, view, end - NOTHING.size)) return true
    const { scope } = shape
    const code = digest(view, from, end)
    const first = this.#bodies.get(code)
    let alike = 0
    for (let body = first; body !== undefined; body = body.next, alike++)
      if (body.scope === scope && body.pattern.size === end - from && stands(body.pattern, view, from)) {
        this.on = body.on
        return true
      }
    const text = bytes.toString('utf8', from, end)
    const at = text.lastIndexOf(ADDITIONAL)
    if (at < 0) return true
    const additional = text.slice(at + ADDITIONAL.length)
    const slot = code & (ONCE - 1)
    if (this.#once[slot] !== code) {
      this.#once[slot] = code
      this.on = undefined
      this.additional = parsed(additional)
      return this.additional !== undefined
    }
    this.on = scope.on(additional)
    if (this.on === undefined) return false
    if (end - from <= LONGEST_BODY) this.#remember(code, alike, { pattern: patternOf(text), scope, on: this.on })
    return true
  }

  #remember(code: number, alike: number, body: Omit<Body, 'next'>): void {
    if (++this.#bodyCount > MOST_BODIES) {
      this.#bodies.clear()
      this.#bodyCount = 1
    }
    const next = alike < MOST_ALIKE ? this.#bodies.get(code) : undefined
    this.#bodies.set(code, { ...body, next })
  }

  /** Makes a shape out of a record without an error, which `textsOf` has taken apart, if its text is as it should be. */
  learn(bytes: Buffer, view: DataView, at: number, end: number, { eventId, account, region, record }: Line): void {
    if (this.#count >= MOST_MADE || end - at < BEFORE + PROBE) return
    const time = record.indexOf(TIME) + TIME.length
    const parameters = record.indexOf(PARAMETERS, time) + PARAMETERS.length
    const marker = `,"eventID":"${eventId}"`
    const after = record.slice(record.lastIndexOf(marker) + marker.length - 1)
    if (!record.startsWith(SOURCE, time + INSTANT) || after.includes('"sharedEventID"') || after.includes('"eventID"'))
      return
    let members: Record<string, unknown>
    try {
      members = JSON.parse(record) as Record<string, unknown>
    } catch {
      return
    }
    const { additionalEventData, requestParameters, responseElements, ...rest } = members
    const found = attributesOf(JSON.stringify(rest))
    const scope = this.scope(account, region)
    const shape: Shape = {
      scope,
      list: scope.list([
        ['All', ''],
        ...termsOfWho(found),
        ...termsOfAsked(found),
        ...termsOfOn(found),
        ['ReadOnly', String(found.readOnly)],
      ]),
      middle: patternOf(record.slice(time + INSTANT, parameters)),
      after: patternOf(after),
      none: new On(undefined, {}),
      record: rest,
      read: undefined,
    }
    const pattern = patternOf(`${account} ${region} ${record.slice(0, time)}`)
    const from = at + BEFORE
    if (leads({ pattern }, view, from, end) && this.#fits(shape, bytes, view, at, from + pattern.size + INSTANT, end))
      this.#keep(digest(view, from, from + PROBE), pattern, shape, view, from, end)
  }

  #keep(code: number, pattern: Pattern, shape: Shape, view: DataView, from: number, end: number): void {
    const heads = this.#heads.get(code) ?? []
    this.#count++
    let head = heads.find((each) => leads(each, view, from, end))
    if (head === undefined) {
      head = { pattern, shapes: [] }
      if (heads.length >= MOST_HEADS) heads.shift()
      heads.push(head)
      this.#heads.set(code, heads)
      this.#before = this.#last
      this.#last = head
    }
    if (head.shapes.length >= MOST_SHAPES) head.shapes.shift()
    head.shapes.push(shape)
  }
}

/** All lists of a term. */
export const listsOf = (listing: Listing | undefined): readonly List[] =>
  listing === undefined ? NO_LISTS : listing.own === undefined ? listing.shared : [listing.own, ...listing.shared]

const leads = ({ pattern }: Pick<Head, 'pattern'>, view: DataView, from: number, end: number): boolean =>
  pattern.size < end - from && stands(pattern, view, from)
