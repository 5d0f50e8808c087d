import { setTimeout as wait } from 'node:timers/promises'
import type { Follower, FollowerState, Wanted } from '#kernel/audit/follower'
import type { FollowingParts } from '#kernel/audit/following'
import { between, endOf, type Heads, type Place, START, textOf, without } from '#kernel/audit/place'
import { Moved, type Positions } from '#kernel/audit/positions'
import { backoffMs } from '#kernel/jobs/runner'

/** Parts of `followTrail`, and what it has made of them. */
export type OneParts = Omit<FollowingParts, 'followers'> & { readonly positions: Positions; readonly leaseMs: number }

/** Looks of which one counts for somebody who wants nothing. */
const SELDOM = 10
/** A position that moved past what nobody wanted is put down this often. */
const SAVE_MS = 30_000
/** Writers that may still write, from which on it is asked which of them have ended; and how often. */
const MANY_OPEN = 8
const TIDY_MS = 600_000
const LONGEST_WAIT_MS = 60_000
const MOST_TEXT = 300
/** How often it is looked where a follower stands that another process has. */
const ASK_MS = 200

/** One follower: where he stands, and how he goes on. */
export class One {
  readonly #follower: Follower
  readonly #parts: OneParts
  /** Where he stands; in the store he may stand further back by what he did not want. */
  #place: Place | undefined
  /** As the store has it. */
  #stored = ''
  #savedAt = 0
  #heldUntil = 0
  #tidiedAt = 0
  /** What he wanted the last time. */
  #filter: string | undefined
  #running: Promise<void> | undefined
  #stopped = false
  #attempts = 0
  #retryAt = 0
  #trouble: string | undefined
  #behind = 0
  #since: number | undefined

  #idle = false
  #looks = 0

  constructor(follower: Follower, parts: OneParts) {
    this.#follower = follower
    this.#parts = parts
  }

  get busy(): boolean {
    return this.#running !== undefined
  }

  state(): FollowerState {
    const { name } = this.#follower
    return { name, behind: this.#behind, since: this.#behind > 0 ? this.#since : undefined, trouble: this.#trouble }
  }

  /** Goes on to where the journal ends now; never rejects. `force`: also when it is not yet time to try again. */
  async run(force: boolean): Promise<void> {
    while (this.#running !== undefined) {
      if (!force) return
      await this.#running
    }
    if (this.#stopped || (!force && this.#parts.clock.now() < this.#retryAt)) return
    this.#running = this.#attempt(force).finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  /** True when he, in whatever process, has been past all that is in the journal now; false when that took longer. */
  async passed(withinMs: number): Promise<boolean> {
    const { source, storage, positions } = this.#parts
    const heads = await source.heads(0, [])
    const until = performance.now() + withinMs
    for (let force = true; ; force = false) {
      await this.run(force)
      const place =
        this.#place ?? (await storage.unit('read', (unit) => positions.find(unit, this.#follower.name)))?.place
      if (place !== undefined && between(place, heads) === 0) return true
      if (this.#stopped || performance.now() >= until) return false
      await wait(ASK_MS)
    }
  }

  /** Ends what runs, and puts the position down. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
    const { storage, positions } = this.#parts
    if (this.#place === undefined) return
    try {
      await this.#save()
      await storage.unit('write', (unit) => positions.release(unit, this.#follower.name))
    } catch (error) {
      // He is asked from where he stood before, the next time.
      if (!(error instanceof Moved)) this.#failed(error)
    }
  }

  async #attempt(force: boolean): Promise<void> {
    try {
      if (!force && (await this.#rests())) return
      await this.#goOn()
      if (this.#trouble !== undefined) this.#parts.onProblem(this.#follower.name, undefined)
      this.#trouble = undefined
      this.#attempts = 0
      this.#retryAt = 0
    } catch (error) {
      // Another process follows, or did; where it left off is read the next time.
      this.#place = undefined
      this.#heldUntil = 0
      if (!(error instanceof Moved)) this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#attempts++
    this.#retryAt = this.#parts.clock.now() + Math.min(backoffMs(this.#attempts), LONGEST_WAIT_MS)
    const text = (error instanceof Error ? error.message : String(error)).slice(0, MOST_TEXT)
    if (this.#trouble !== text) this.#parts.onProblem(this.#follower.name, error)
    this.#trouble = text
  }

  /** Who wanted nothing the last time and wants nothing now is moved on seldom: where the journal ends costs a question. */
  async #rests(): Promise<boolean> {
    return this.#idle && ++this.#looks % SELDOM !== 0 && (await this.#follower.wanted()) === undefined
  }

  async #goOn(): Promise<void> {
    if (!(await this.#hold())) return
    const { source } = this.#parts
    // The ends are read before he is asked: whoever made him want more did so before what comes behind them was written.
    const heads = await this.#heads(this.#place as Place)
    this.#told(heads)
    const wanted = await this.#follower.wanted()
    this.#idle = wanted === undefined
    await this.#wants(wanted)
    if (wanted === undefined) return await this.#pass(endOf(this.#place as Place, heads), heads)
    while (!this.#stopped) {
      const { records, place, since, done } = await source.take(this.#place as Place, heads, wanted)
      this.#since = since
      if (records.length === 0) await this.#pass(place, heads)
      else {
        await this.#follower.send?.(records)
        await this.#move(place, async (unit) => this.#follower.take?.(unit, records))
        this.#told(heads)
      }
      if (done) return
      if (!(await this.#hold())) return
    }
  }

  #told(heads: Heads): void {
    this.#behind = between(this.#place as Place, heads)
    if (this.#behind > 0) this.#since ??= this.#parts.clock.now()
    else this.#since = undefined
  }

  /** True when this process is the one that follows. */
  async #hold(): Promise<boolean> {
    const { storage, positions, clock, leaseMs, alone } = this.#parts
    const now = clock.now()
    if (this.#place !== undefined && now < this.#heldUntil - leaseMs / 2) return true
    const { name, from } = this.#follower
    const claimed = await storage.unit('write', (unit) => positions.claim(unit, name, now))
    if (claimed.kind === 'held') {
      this.#place = undefined
      this.#behind = 0
      return false
    }
    if (claimed.kind === 'new') {
      const place = from === 'start' ? START : await this.#now()
      await storage.unit('write', (unit) => positions.begin(unit, name, place, now))
      this.#place = place
      this.#stored = textOf(place)
    } else if (this.#place === undefined || claimed.position.text !== this.#stored) {
      this.#place = claimed.position.place
      this.#stored = claimed.position.text
    }
    this.#heldUntil = alone ? Number.POSITIVE_INFINITY : now + leaseMs
    return true
  }

  /** The end of the journal, for a new follower. */
  async #now(): Promise<Place> {
    const { source } = this.#parts
    const place = endOf(START, await source.heads(0, []))
    return this.#tidied(place)
  }

  async #heads(place: Place): Promise<Heads> {
    const { source } = this.#parts
    const heads = await source.heads(place.known, [...place.open.keys()])
    return heads.journal === place.journal ? heads : source.heads(0, [])
  }

  /** When he wants something else than before, he does not get what was written before: also not after a crash. */
  async #wants(wanted: Wanted | undefined): Promise<void> {
    const filter = filterOf(wanted)
    if (this.#filter !== undefined && this.#filter !== filter) await this.#save()
    this.#filter = filter
  }

  /** Past records that he does not want. */
  async #pass(place: Place, heads: Heads): Promise<void> {
    this.#place = place
    this.#told(heads)
    const now = this.#parts.clock.now()
    if (now - this.#savedAt < SAVE_MS) return
    if (place.open.size > MANY_OPEN && now - this.#tidiedAt >= TIDY_MS) {
      this.#tidiedAt = now
      this.#place = await this.#tidied(place)
    }
    await this.#save()
  }

  async #save(): Promise<void> {
    this.#savedAt = this.#parts.clock.now()
    if (this.#place !== undefined && textOf(this.#place) !== this.#stored) await this.#move(this.#place, async () => {})
  }

  async #move(place: Place, effects: (unit: Parameters<NonNullable<Follower['take']>>[0]) => Promise<void>) {
    const { storage, positions, clock } = this.#parts
    const { name } = this.#follower
    const stored = await storage.unit('write', async (unit) => {
      const text = await positions.move(unit, name, this.#stored, place, clock.now())
      await effects(unit)
      return text
    })
    this.#place = place
    this.#stored = stored
    this.#savedAt = clock.now()
  }

  /** Without writers that have ended. */
  async #tidied(place: Place): Promise<Place> {
    const { source, ended } = this.#parts
    const { stands } = await source.heads(place.known, [...place.open.keys()])
    const gone = new Set(await ended(stands.map(({ writer }) => writer)))
    return without(place, gone, await source.heads(place.known, [...place.open.keys()]))
  }
}

function filterOf(wanted: Wanted | undefined): string {
  if (wanted === undefined) return '-'
  const { accounts, regions, sources, changesOnly = false } = wanted
  return JSON.stringify([...[accounts, regions, sources].map((set) => (set ? [...set].sort() : null)), changesOnly])
}
