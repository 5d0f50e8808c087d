import { Fetching } from '#kernel/audit/index/fetching'
import { type Found, find, type Mark } from '#kernel/audit/index/finding'
import { Gathering } from '#kernel/audit/index/gathering'
import {
  behindGap,
  gatheredAgain,
  type Kept,
  keptOf,
  readKept,
  rowsOf,
  stateOf,
  UNITS,
  viewOfKept,
} from '#kernel/audit/index/kept'
import { IndexDamaged, Seals, type StateRow } from '#kernel/audit/index/segment'
import type { Counting, IndexParts } from '#kernel/audit/index/making'
import type { Attribute } from '#kernel/audit/index/terms'
import { type View, viewOf } from '#kernel/audit/index/view'
import { type Place, START } from '#kernel/audit/place'
import type { Tally } from '#kernel/audit/usage/tally'

/** What is looked up, newest first. */
export interface Lookup {
  readonly account?: string
  readonly region?: string
  /** All of them. */
  readonly attributes?: readonly Attribute[]
  /** Milliseconds, both inside. */
  readonly from?: number
  readonly to?: number
  readonly limit: number
  /** The mark of the page before. */
  readonly after?: Mark
}

/** Records in one step; between two of them others have their turn. */
const STEP = 16_000
/** Counters that wait to be written, at most about. */
const MOST_COUNTERS = 50_000

/**
 * The index of the audit journal: segments of some thousand records each, inverted, and those behind them that are gathered in memory.
 * Derived: what it says of a record is looked up in the journal and checked there, and what is damaged is made anew. Every piece
 * carries a MAC, and a list that is not there is as certain as one that is: a piece holds all lists of its share.
 */
export class AuditIndex {
  readonly #parts: IndexParts
  readonly #seals: Seals
  readonly #fetching: Fetching
  #segments: Kept[] | undefined
  #stateText = ''
  /** Behind what is in segments. */
  #sealed: Place = START
  /** Behind what is gathered. */
  #place: Place = START
  #gathering: Gathering
  /** Of what was gathered since the counters were written. */
  #tally: Tally | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false
  /** What is to be kept can't be written now. */
  #stuck = false

  constructor(parts: IndexParts) {
    this.#parts = parts
    this.#seals = new Seals(parts.key)
    this.#gathering = this.#empty()
    this.#fetching = new Fetching(parts.pages, parts.chainKey)
  }

  /** A page of records, exact up to this moment. */
  lookup({
    account,
    region,
    attributes = [],
    from = 0,
    to = Number.MAX_SAFE_INTEGER,
    limit,
    after,
  }: Lookup): Promise<Found> {
    const sought = { ...(account && { account }), ...(region && { region }), attributes, from, to }
    return this.#inTurn(async () => {
      await this.#catchUp()
      for (;;) {
        try {
          this.#fetching.forget()
          return await find(this.#views(), sought, limit, after, this.#fetching)
        } catch (error) {
          await this.#repair(error)
        }
      }
    })
  }

  /** Takes in what was written since, a bounded step; false: there is more. */
  step(): Promise<boolean> {
    return this.#inTurn(() => {
      if (this.#stuck) this.#segments = undefined
      this.#stuck = false
      return this.#step()
    })
  }

  /** How far it is. */
  get place(): Place {
    return this.#place
  }

  /** Takes in everything that is there now; others have their turn in between. */
  async catchUp(): Promise<void> {
    while (!this.#closed && !(await this.step()));
  }

  /** Runs work that needs the index's database for itself, after everything was taken in. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#catchUp()
      return work()
    })
  }

  /** Makes it anew, in the place of what there is. */
  rebuild(): Promise<void> {
    return this.#inTurn(() => this.#anew())
  }

  /** Drops segments of which nothing is in the journal any more. */
  prune(): Promise<number> {
    return this.#inTurn(async () => {
      await this.#catchUp()
      const gone: Kept[] = []
      for (const kept of this.#segments ?? []) {
        let left = false
        for (const [number, , to] of kept.about.ranges) left ||= to > (await this.#parts.pages.pruned(number))
        if (!left) gone.push(kept)
      }
      if (gone.length === 0 || !this.#writes) return 0
      const segments = (this.#segments ?? []).filter((kept) => !gone.includes(kept))
      const state = stateOf(this.#seals, segments, this.#sealed)
      await this.#parts.store.change({ state, dropped: gone.map(({ row }) => row.id) })
      this.#segments = segments
      this.#stateText = state.segments
      return gone.length
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#turn
    await this.#parts.store.close()
    await this.#parts.pages.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  #empty(): Gathering {
    return new Gathering(this.#parts.sizes?.segment)
  }

  /** What another process keeps meanwhile is left alone: it would be read anew as often as that goes on, and this might never end. */
  async #catchUp(): Promise<void> {
    try {
      for (let first = true; !(await this.#step(first)); first = false);
    } catch (error) {
      // A full disk, say: until the next pass nothing is kept, and what is asked is answered all the same.
      if (!this.#writes) throw error
      this.#stuck = true
      for (let first = true; !(await this.#step(first)); first = false);
    }
  }

  get #writes(): boolean {
    return this.#parts.writes && !this.#stuck
  }

  /** `fresh`: it begins from what is kept now. */
  async #step(fresh = true): Promise<boolean> {
    if (fresh || this.#segments === undefined) await this.#load()
    try {
      return await this.#takeIn()
    } catch (error) {
      // What was gathered may not have been counted: from what is kept once more.
      this.#segments = undefined
      this.#tally = undefined
      if (error instanceof IndexDamaged) await this.#anew()
      else throw error
      return false
    }
  }

  async #takeIn(): Promise<boolean> {
    const { pages, counting, store } = this.#parts
    const writes = this.#writes
    let heads = await pages.heads(this.#place.known, [...this.#place.open.keys()])
    if (heads.journal !== this.#place.journal) {
      if (this.#place.journal !== '') await this.#anew()
      heads = await pages.heads(0, [])
      this.#place = { ...START, journal: heads.journal ?? '' }
      this.#sealed = this.#place
    }
    const open = new Map(this.#place.open)
    let left = this.#parts.sizes?.step ?? STEP
    let done = true
    for (const { number, writer, sequence: end } of heads.stands) {
      let at = open.get(number) ?? (number > this.#place.known ? 0 : end)
      while (at < end && left > 0 && !this.#gathering.full) {
        const found = await pages.raw(writer, at + 1, end, UNITS)
        at = await behindGap(pages, found[0], number, writer, at)
        if (writes) this.#tally ??= await counting?.begin()
        for (const { bytes } of found) {
          const from = at
          at = this.#gathering.take(bytes, writer, number, at, Number.MAX_SAFE_INTEGER, this.#tally)
          left -= at - from
          if (this.#gathering.full || left <= 0) break
        }
      }
      open.set(number, at)
      done &&= at >= end
    }
    this.#place = { journal: this.#place.journal, known: Math.max(heads.last, this.#place.known), open }
    const change = this.#gathering.full ? this.#seal() : undefined
    // What is counted is written when a segment is (it is where this goes on after a crash), and when all is taken in: a counter
    // that many steps have moved is one row.
    const tally = change !== undefined || done || (this.#tally?.size ?? 0) >= MOST_COUNTERS ? this.#tally : undefined
    const count = tally === undefined ? undefined : () => (counting as Counting).write(tally)
    if (writes && (change !== undefined || count !== undefined)) await store.change(change?.change, count)
    if (tally !== undefined) this.#tally = undefined
    change?.done()
    return done
  }

  /** What is gathered becomes a segment: when that is in the store, it is so here. */
  #seal() {
    const segments = this.#segments ?? []
    const id = (segments.at(-1)?.row.id ?? 0) + 1
    const segment = this.#gathering.pack(id, this.#parts.random.bytes(8).toString('hex'))
    const kept = keptOf(segment, this.#writes)
    const place = this.#place
    const next = [...segments, kept]
    const state = stateOf(this.#seals, next, place)
    return {
      change: { state, segment: rowsOf(this.#seals, segment) },
      done: () => {
        this.#segments = next
        this.#sealed = place
        // Who only reads has what the store had when he looked: it is what he compares by.
        if (this.#writes) this.#stateText = state.segments
        this.#gathering = this.#empty()
      },
    }
  }

  /** Reads what is kept, when it has not been read, or when another process has kept more. */
  async #load(): Promise<void> {
    const { store } = this.#parts
    const writes = this.#writes
    if (this.#segments !== undefined && (writes || this.#damaged)) return
    const state = await store.state()
    if (this.#segments !== undefined && (state === undefined || state.segments === this.#stateText)) return
    try {
      await this.#take(state)
    } catch (error) {
      await this.#repair(error)
    }
  }

  #damaged = false

  async #take(state: StateRow | undefined): Promise<void> {
    const { segments, sealed } = await readKept(this.#parts.store, this.#seals, state)
    this.#segments = segments
    this.#stateText = state?.segments ?? ''
    this.#sealed = sealed
    this.#place = sealed
    this.#gathering = this.#empty()
    this.#tally = undefined
  }

  /** Makes what is damaged anew out of the journal. Rethrows what is no damage. */
  async #repair(error: unknown): Promise<void> {
    if (!(error instanceof IndexDamaged)) throw error
    this.#parts.onDamage?.(error)
    const segments = this.#segments ?? []
    const at = segments.findIndex(({ row }) => row.id === error.segment)
    const kept = segments[at]
    if (kept === undefined) return await this.#anew()
    const { pages, random } = this.#parts
    const segment = (await gatheredAgain(pages, kept.about)).pack(kept.row.id, random.bytes(8).toString('hex'))
    const next = segments.with(at, keptOf(segment, this.#writes))
    if (this.#writes) {
      const state = stateOf(this.#seals, next, this.#sealed)
      await this.#parts.store.change({ state, segment: rowsOf(this.#seals, segment) })
      this.#stateText = state.segments
    }
    this.#segments = next
  }

  /** From the beginning. Who does not keep the index keeps what he makes in his own memory. */
  async #anew(): Promise<void> {
    if (this.#writes) await this.#parts.store.clear()
    else this.#damaged = true
    await this.#take(undefined)
  }

  #views(): View[] {
    const views = (this.#segments ?? []).map((kept) => viewOfKept(kept, this.#parts.store, this.#seals))
    return this.#gathering.size === 0 ? views : [...views, viewOf(this.#gathering)]
  }
}
