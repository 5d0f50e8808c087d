import type { KeyObject } from 'node:crypto'
import { Fetching } from '#kernel/audit/index/fetching'
import { type Found, find, type Mark } from '#kernel/audit/index/finding'
import { Gathering } from '#kernel/audit/index/gathering'
import {
  type About,
  check,
  IndexDamaged,
  Seals,
  type Segment,
  type SegmentRow,
  type StateRow,
} from '#kernel/audit/index/segment'
import type { IndexStore } from '#kernel/audit/index/store'
import type { Attribute } from '#kernel/audit/index/terms'
import { segmentView, type View, viewOf } from '#kernel/audit/index/view'
import type { Page, Pages } from '#kernel/audit/pages'
import { type Place, placeOf, START, textOf } from '#kernel/audit/place'
import { type StoredRecord, taken } from '#kernel/audit/reader'
import type { Random } from '#kernel/random'

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

/** Counts what passes the index, in the transaction of the pass. */
export interface Counting {
  begin(): Promise<{ add(record: StoredRecord): void }>
  write(tally: unknown): Promise<void>
}

export interface IndexParts {
  readonly pages: Pages
  readonly store: IndexStore
  /** The vault's `macKey('audit/index')`. */
  readonly key: KeyObject
  readonly random: Random
  /** This one keeps the index; others read what it has kept, and look through the rest by themselves. */
  readonly writes: boolean
  readonly counting?: Counting
  /** Tests: records in a segment, and in a step. */
  readonly sizes?: { readonly segment: number; readonly step: number }
  /** Told of damage that was found; the answer is right all the same. */
  readonly onDamage?: (damage: IndexDamaged) => void
}

/** Records in one step; between two of them others have their turn. */
const STEP = 16_000
const UNITS = 2 ** 20

/** A segment that is kept: in the store, or here. */
interface Kept {
  readonly row: Pick<SegmentRow, 'id' | 'build'>
  readonly about: About
  readonly own?: Segment
}

/**
 * The index of the audit journal: segments of 65536 records each, inverted, and those behind them that are gathered in memory.
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
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false
  /** What is to be kept can't be written now. */
  #stuck = false

  constructor(parts: IndexParts) {
    this.#parts = parts
    this.#seals = new Seals(parts.key)
    this.#gathering = this.#empty()
    this.#fetching = new Fetching(parts.pages)
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
      const state = this.#state(segments, this.#sealed)
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

  async #catchUp(): Promise<void> {
    try {
      while (!(await this.#step()));
    } catch (error) {
      // A full disk, say: until the next pass nothing is kept, and what is asked is answered all the same.
      if (!this.#writes) throw error
      this.#stuck = true
      while (!(await this.#step()));
    }
  }

  get #writes(): boolean {
    return this.#parts.writes && !this.#stuck
  }

  async #step(): Promise<boolean> {
    await this.#load()
    try {
      return await this.#takeIn()
    } catch (error) {
      // What was gathered may not have been counted: from what is kept once more.
      this.#segments = undefined
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
    const tally = writes ? await counting?.begin() : undefined
    const open = new Map(this.#place.open)
    const most = this.#parts.sizes?.step ?? STEP
    let left = most
    let done = true
    for (const { number, writer, sequence: end } of heads.stands) {
      let at = open.get(number) ?? (number > this.#place.known ? 0 : end)
      while (at < end && left > 0 && !this.#gathering.full) {
        const found = await pages.pages(writer, at + 1, end, UNITS)
        at = await this.#behindGap(found[0], number, writer, at)
        for (const page of found) {
          const from = at
          at = this.#gather(page, number, writer, at, tally)
          left -= at - from
          if (this.#gathering.full || left <= 0) break
        }
      }
      open.set(number, at)
      done &&= at >= end
    }
    this.#place = { journal: this.#place.journal, known: Math.max(heads.last, this.#place.known), open }
    const change = this.#gathering.full ? this.#seal() : undefined
    const count = tally === undefined ? undefined : () => (counting as Counting).write(tally)
    if (writes && (change !== undefined || (count !== undefined && left < most)))
      await store.change(change?.change, count)
    change?.done()
    return done
  }

  /** Where to go on, when the retention of the journal has taken out what comes next. */
  async #behindGap(first: Page | undefined, number: number, writer: string, at: number): Promise<number> {
    if (first !== undefined && first.sequence <= at + 1) return at
    const through = await this.#parts.pages.pruned(number)
    if (first === undefined ? through > at : first.sequence === through + 1) return through
    throw new Error(
      `records from ${at + 1} on of writer ${writer} are missing in the audit journal: see strongroom audit verify`,
    )
  }

  /** Gathers the records of a page behind `at`; answers how far it came. */
  #gather(
    { lines }: Page,
    number: number,
    writer: string,
    at: number,
    tally: { add(record: StoredRecord): void } | undefined,
  ): number {
    let reached = at
    for (let from = 0; from < lines.length && !this.#gathering.full; ) {
      const newline = lines.indexOf('\n', from)
      const end = newline < 0 ? lines.length : newline
      const hash = lines.indexOf(' ', from) + 1
      const line = lines.indexOf(' ', hash) + 1
      const sequence = Number(lines.slice(from, hash - 1))
      if (sequence > reached && line > hash && line <= end) {
        const text = lines.slice(line, end)
        this.#gathering.add(number, sequence, text)
        tally?.add({ ...taken(text), writer, sequence, hash: lines.slice(hash, line - 1), mac: null })
        reached = sequence
      } else if (!(sequence <= reached)) reached++
      from = end + 1
    }
    return reached
  }

  /** What is gathered becomes a segment: when that is in the store, it is so here. */
  #seal() {
    const segments = this.#segments ?? []
    const id = (segments.at(-1)?.row.id ?? 0) + 1
    const segment = this.#gathering.pack(id, this.#parts.random.bytes(8).toString('hex'))
    const kept: Kept = {
      row: segment,
      about: segment.about,
      ...(this.#writes ? {} : { own: segment }),
    }
    const place = this.#place
    const next = [...segments, kept]
    const state = this.#state(next, place)
    return {
      change: { state, segment: this.#rows(segment) },
      done: () => {
        this.#segments = next
        this.#sealed = place
        // Who only reads has what the store had when he looked: it is what he compares by.
        if (this.#writes) this.#stateText = state.segments
        this.#gathering = this.#empty()
      },
    }
  }

  #rows({ id, build, about, pieces }: Segment) {
    const text = JSON.stringify(about)
    return {
      row: { id, build, about: text, mac: this.#seals.segment(id, build, text) },
      pieces: new Map(
        [...pieces].map(([piece, content]) => [piece, { content, mac: this.#seals.piece(id, build, piece, content) }]),
      ),
    }
  }

  #state(segments: readonly Kept[], at: Place): StateRow {
    const place = textOf(at)
    const text = segments.map(({ row }) => `${row.id}:${row.build}`).join(',')
    return { place, segments: text, mac: this.#seals.state(place, text) }
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
    const segments: Kept[] = []
    if (state !== undefined) {
      check(this.#seals.state(state.place, state.segments), state.mac, 'the state')
      const rows = new Map((await this.#parts.store.segments()).map((row) => [`${row.id}:${row.build}`, row]))
      for (const name of state.segments === '' ? [] : state.segments.split(',')) {
        const row = rows.get(name)
        if (row === undefined) throw new IndexDamaged(`segment ${name} of the index of the audit trail is missing`)
        check(this.#seals.segment(row.id, row.build, row.about), row.mac, `segment ${row.id}`)
        segments.push({ row, about: JSON.parse(row.about) as About })
      }
    }
    this.#segments = segments
    this.#stateText = state?.segments ?? ''
    this.#sealed = state === undefined ? START : placeOf(state.place)
    this.#place = this.#sealed
    this.#gathering = this.#empty()
  }

  /** Makes what is damaged anew out of the journal. Rethrows what is no damage. */
  async #repair(error: unknown): Promise<void> {
    if (!(error instanceof IndexDamaged)) throw error
    this.#parts.onDamage?.(error)
    const segments = this.#segments ?? []
    const at = segments.findIndex(({ row }) => row.id === error.segment)
    const kept = segments[at]
    if (kept === undefined) return await this.#anew()
    const segment = await this.#rebuilt(kept)
    const next = segments.with(at, {
      row: segment,
      about: segment.about,
      ...(this.#writes ? {} : { own: segment }),
    })
    if (this.#writes) {
      const state = this.#state(next, this.#sealed)
      await this.#parts.store.change({ state, segment: this.#rows(segment) })
      this.#stateText = state.segments
    }
    this.#segments = next
  }

  async #rebuilt({ row, about }: Kept): Promise<Segment> {
    const { pages, random } = this.#parts
    const gathering = new Gathering()
    const { stands } = await pages.heads(0, [])
    for (const [number, from, to] of about.ranges) {
      const writer = stands.find((stand) => stand.number === number)?.writer
      if (writer === undefined) throw new Error(`writer number ${number} is missing in the audit journal`)
      for (let at = from - 1; at < to; ) {
        const found = await pages.pages(writer, at + 1, to, UNITS)
        at = Math.min(await this.#behindGap(found[0], number, writer, at), to)
        for (const { lines, sequence } of found) {
          lines.split('\n').forEach((text, i) => {
            const line = text.indexOf(' ', text.indexOf(' ') + 1) + 1
            if (sequence + i <= at || sequence + i > to) return
            gathering.add(number, sequence + i, text.slice(line))
            at = sequence + i
          })
        }
      }
    }
    return gathering.pack(row.id, random.bytes(8).toString('hex'))
  }

  /** From the beginning. Who does not keep the index keeps what he makes in his own memory. */
  async #anew(): Promise<void> {
    if (this.#writes) await this.#parts.store.clear()
    else this.#damaged = true
    await this.#take(undefined)
  }

  #views(): View[] {
    const views = (this.#segments ?? []).map(({ row, about, own }) =>
      segmentView(
        about,
        own === undefined ? (piece) => this.#piece(row, piece) : async (piece) => own.pieces.get(piece) as Buffer,
      ),
    )
    return this.#gathering.size === 0 ? views : [...views, viewOf(this.#gathering)]
  }

  async #piece({ id, build }: Kept['row'], piece: number): Promise<Buffer> {
    const found = await this.#parts.store.piece(id, piece)
    if (found === undefined)
      throw new IndexDamaged(`piece ${piece} of segment ${id} of the index of the audit trail is missing`, id)
    check(this.#seals.piece(id, build, piece, found.content), found.mac, `piece ${piece} of segment ${id}`, id)
    return Buffer.from(found.content.buffer, found.content.byteOffset, found.content.byteLength)
  }
}
