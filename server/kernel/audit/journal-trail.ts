import type { AuditEvent, Copy } from '#kernel/audit/event'
import { eventIds } from '#kernel/audit/event-id'
import type { Journal } from '#kernel/audit/journal'
import { outboxOf, type Outbox } from '#kernel/audit/outbox'
import { lineOf, sharedLinesOf } from '#kernel/audit/record'
import type { Trail } from '#kernel/audit/trail'
import type { Random } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'

const NO_COPIES: readonly Copy[] = []

/** A call's record can't be written, so the call must fail. The pipeline makes it InternalFailure. */
export class TrailUnavailable extends Error {
  constructor(cause?: unknown) {
    super('the audit trail cannot be written', cause === undefined ? undefined : { cause })
    this.name = 'TrailUnavailable'
  }
}

/** Bounds and intervals; the defaults suit a server, tests set their own. */
export interface TrailLimits {
  /** Records that may wait for the journal; further calls wait until there is room. */
  readonly queued: number
  /** After this time without the journal's answer the trail counts as broken. */
  readonly stallMs: number
  /** From an acknowledgement to the removal of outbox rows; also between two probes of a broken journal. */
  readonly tidyMs: number
  /** Between two searches for outbox rows that another process left. */
  readonly sweepMs: number
}

const DEFAULTS: TrailLimits = { queued: 20_000, stallMs: 5_000, tidyMs: 250, sweepMs: 60_000 }

/** Turns of the event loop that a small batch waits for company. */
const PATIENCE = 4
/** Records in a batch from which on handing it over costs little per record. */
const WORTHWHILE = 16
/**
 * Nobody waits for the records of changes: they are durable in the outbox. Written alone each would cost a sync of the journal, so
 * they wait for each other this long, in milliseconds, or for this many.
 */
const GATHERED_MS = 20
const GATHERED = 256

export interface TrailParts {
  readonly journal: Journal
  readonly storage: Storage
  readonly random: Random
  /** Told when the trail breaks (with the cause) and when it works again (undefined). */
  readonly changed?: (cause: Error | undefined) => void
  readonly limits?: Partial<TrailLimits>
}

/** What the trail is doing now, for metrics. */
export interface TrailState {
  /** Records that wait for the journal, those on their way to it included. */
  readonly queued: number
  /** Records and batches written since the start. */
  readonly written: number
  readonly batches: number
  /** Outbox rows whose records the journal has, not taken away yet. */
  readonly untidy: number
  readonly failures: number
}

interface Batch {
  readonly lines: string[]
  /** How many of the lines somebody waits for. */
  awaited: number
  /** Outbox rows whose lines are in the batch. */
  readonly rows: string[]
  readonly promise: Promise<void>
  resolve(): void
  reject(error: Error): void
}

/**
 * The trail over a journal. Records are handed over in batches: one batch at a time, and what arrives meanwhile is the next.
 * Records of changes stand in the outbox from their commit until the journal has them, so a crash between the two loses
 * nothing: what is in the outbox at a start, or after a failure, is appended then.
 */
export class JournalTrail implements Trail {
  readonly #journal: Journal
  readonly #outbox: Outbox
  readonly #nextId: (nowMs: number) => string
  readonly #changed: (cause: Error | undefined) => void
  readonly #limits: TrailLimits
  #next: Batch = batch()
  #sent: Batch | undefined
  #stalled: NodeJS.Timeout | undefined
  #armed = false
  #gathering: NodeJS.Timeout | undefined
  #turns = 0
  /** Records that wait at the same time, lately: as many as there are clients side by side. */
  #crowd = 0
  #cause: Error | undefined
  #closed = false
  #room: { readonly promise: Promise<void>; resolve(): void } | undefined
  #done: string[] = []
  #tidying: NodeJS.Timeout | undefined
  #sweeping: NodeJS.Timeout | undefined
  #written = 0
  #batches = 0
  #failures = 0

  private constructor(parts: TrailParts) {
    this.#journal = parts.journal
    this.#outbox = outboxOf(parts.storage)
    this.#nextId = eventIds(parts.random)
    this.#changed = parts.changed ?? (() => {})
    this.#limits = { ...DEFAULTS, ...parts.limits }
  }

  /** Opens the trail; what a former process left in the outbox is in the journal when it settles. */
  static async open(parts: TrailParts): Promise<JournalTrail> {
    const trail = new JournalTrail(parts)
    await trail.#recover(true)
    trail.#sweeping = setInterval(() => void trail.sweep(), trail.#limits.sweepMs).unref()
    return trail
  }

  record(events: readonly AuditEvent[]): Promise<void> {
    if (this.#cause !== undefined || this.#closed) return Promise.reject(new TrailUnavailable(this.#cause))
    if (events.length === 0) return Promise.resolve()
    if (this.#full()) return this.#waitForRoom().then(() => this.record(events))
    const next = this.#next
    const before = next.lines.length
    this.#write(events, next.lines)
    next.awaited += next.lines.length - before
    this.#arm()
    return next.promise
  }

  async recordIn(unit: Unit, events: readonly AuditEvent[]): Promise<void> {
    while (this.#full() && this.#cause === undefined) await this.#waitForRoom()
    const first = events[0]
    if (this.#cause !== undefined || this.#closed) throw new TrailUnavailable(this.#cause)
    if (first === undefined) return
    const lines: string[] = []
    this.#write(events, lines)
    const id = this.#nextId(first.call.now)
    await this.#outbox.put(unit, id, this.#journal.writer, first.call.now, lines.join('\n'))
    unit.afterCommit(() => {
      // A broken trail finds the row in the outbox when it works again.
      if (this.#cause !== undefined || this.#closed) return
      for (const line of lines) this.#next.lines.push(line)
      this.#next.rows.push(id)
      this.#gather()
    })
  }

  /** The lines of the events, behind those that are there. An event on what other accounts own has one for each of them too. */
  #write(events: readonly AuditEvent[], lines: string[]): void {
    for (const event of events) {
      const { now, account } = event.call
      const id = this.#nextId(now)
      const { owner, copies = owner === undefined || owner === account ? NO_COPIES : [{ owner }] } = event
      if (copies.length === 0) {
        lines.push(lineOf(event, id))
      } else {
        const ids = { caller: id, owners: copies.map(() => this.#nextId(now)), shared: this.#nextId(now) }
        lines.push(...sharedLinesOf(event, copies, ids))
      }
    }
  }

  healthy(): boolean {
    return this.#cause === undefined && !this.#closed
  }

  state(): TrailState {
    return {
      queued: this.#next.lines.length + (this.#sent?.lines.length ?? 0),
      written: this.#written,
      batches: this.#batches,
      untidy: this.#done.length,
      failures: this.#failures,
    }
  }

  /** Hands over what waits, takes away what is done, and closes the journal. */
  async close(): Promise<void> {
    if (this.#closed) return
    clearInterval(this.#sweeping)
    await this.settled()
    this.#closed = true
    clearTimeout(this.#tidying)
    if (this.#cause === undefined) await this.#removeDone()
    await this.#journal.close()
  }

  /** Settles when everything that was given to the trail so far is in the journal, or has failed. */
  async settled(): Promise<void> {
    while (this.#cause === undefined && (this.#sent !== undefined || this.#next.lines.length > 0)) {
      this.#flush()
      await this.#sent?.promise.catch(() => {})
    }
  }

  /** Settles when everything that was given to the trail by now is in the journal, or has failed; what comes meanwhile is not waited for. */
  async flushed(): Promise<void> {
    const { promise, lines } = this.#next
    await this.#sent?.promise.catch(() => {})
    if (lines.length === 0) return
    this.#flush()
    await promise.catch(() => {})
  }

  /** Which of these writers can write nothing any more. */
  async ended(writers: readonly string[]): Promise<readonly string[]> {
    const { writer } = this.#journal
    return this.#journal.ended(writers.filter((each) => each !== writer))
  }

  /** Takes away outbox rows that the journal has; a broken journal is probed. Called by a timer. */
  async tidy(): Promise<void> {
    clearTimeout(this.#tidying)
    this.#tidying = undefined
    try {
      if (this.#cause === undefined) await this.#removeDone()
      else await this.#mend()
    } catch (error) {
      this.#tellOnce(error)
    }
    if (this.#cause !== undefined || this.#done.length > 0) this.#tidyLater()
  }

  /** Appends rows of the outbox whose process has died. */
  async sweep(): Promise<void> {
    if (this.#cause !== undefined || this.#closed) return
    try {
      await this.#recover(false)
    } catch (error) {
      this.#break(error)
    }
  }

  #full(): boolean {
    return this.#next.lines.length >= this.#limits.queued
  }

  #waitForRoom(): Promise<void> {
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  /**
   * Handing over a batch costs about as much as making ten records, so a small one gives the loop some turns to bring
   * other requests in. But when half of the usual crowd has come it goes at once: while the journal writes that half this
   * thread works for the other.
   */
  #arm(): void {
    if (this.#sent !== undefined) return
    if (this.#next.awaited >= this.#enough()) {
      this.#flush()
    } else if (!this.#armed) {
      this.#armed = true
      setImmediate(this.#turn)
    }
  }

  /** The records of a change go with the next batch that somebody waits for, or when there are many, or after a moment. */
  #gather(): void {
    if (this.#next.lines.length >= GATHERED) this.#flush()
    else this.#gathering ??= setTimeout(this.#gathered, GATHERED_MS)
  }

  readonly #gathered = (): void => {
    this.#gathering = undefined
    this.#flush()
  }

  #enough(): number {
    return Math.max(WORTHWHILE, this.#crowd >> 1)
  }

  readonly #turn = (): void => {
    if (this.#sent === undefined && this.#next.awaited < this.#crowd >> 1 && ++this.#turns < PATIENCE) {
      setImmediate(this.#turn)
      return
    }
    this.#armed = false
    this.#turns = 0
    this.#flush()
  }

  #flush(): void {
    const sent = this.#next
    if (this.#sent !== undefined || sent.lines.length === 0) return
    this.#sent = sent
    this.#next = batch()
    this.#room?.resolve()
    this.#room = undefined
    this.#stalled = setTimeout(() => this.#break(new Error('the audit journal does not answer')), this.#limits.stallMs)
    this.#journal.append(sent.lines).then(
      () => this.#acknowledged(sent),
      (error: unknown) => {
        if (this.#sent === sent) this.#break(error)
      },
    )
  }

  #acknowledged(sent: Batch): void {
    // After a stall the batch was given up: its calls have failed, its rows are found in the outbox.
    if (this.#sent !== sent) return
    clearTimeout(this.#stalled)
    this.#sent = undefined
    this.#written += sent.lines.length
    this.#crowd = Math.max(sent.awaited + this.#next.awaited, this.#crowd - (this.#crowd >> 3))
    this.#batches++
    sent.resolve()
    for (const row of sent.rows) this.#done.push(row)
    if (this.#done.length > 0) this.#tidyLater()
    if (this.#next.awaited > 0) this.#arm()
    else if (this.#next.lines.length > 0) this.#gather()
  }

  /** From now on every call fails, and those that wait fail too, until a probe succeeds. */
  #break(error: unknown): void {
    clearTimeout(this.#stalled)
    this.#failures++
    const cause = error instanceof Error ? error : new Error(String(error))
    const waiting = [this.#sent, this.#next]
    this.#sent = undefined
    this.#next = batch()
    const first = this.#cause === undefined
    this.#cause = cause
    for (const each of waiting) each?.reject(new TrailUnavailable(cause))
    this.#room?.resolve()
    this.#room = undefined
    if (first) this.#changed(cause)
    if (!this.#closed) this.#tidyLater()
  }

  async #mend(): Promise<void> {
    await this.#journal.probe()
    await this.#recover(true)
    if (this.#closed) return
    this.#cause = undefined
    this.#changed(undefined)
  }

  /** Appends what ended writers left in the outbox, and takes it away; and our `own` rows, when none is on its way. */
  async #recover(own: boolean): Promise<void> {
    const { writer } = this.#journal
    for (let after = ''; ; ) {
      const rows = await this.#outbox.page(after)
      const last = rows.at(-1)
      if (last === undefined) return
      const others = new Set(rows.map((row) => row.writer))
      const mine = others.delete(writer) && own ? [writer] : []
      const ended = new Set(others.size === 0 ? mine : [...mine, ...(await this.#journal.ended([...others]))])
      const left = rows.filter((row) => ended.has(row.writer))
      if (left.length > 0) {
        await this.#journal.complete(left.flatMap(({ lines }) => lines.split('\n')))
        await this.#outbox.remove(left.map(({ id }) => id))
      }
      after = last.id
    }
  }

  #tidyLater(): void {
    this.#tidying ??= setTimeout(() => void this.tidy(), this.#limits.tidyMs).unref()
  }

  async #removeDone(): Promise<void> {
    const done = this.#done
    this.#done = []
    try {
      await this.#outbox.remove(done)
    } catch (error) {
      this.#done = [...done, ...this.#done]
      throw error
    }
  }

  /** A store that can't remove rows now is asked again; a probe that fails leaves the trail broken. */
  #tellOnce(error: unknown): void {
    if (this.#cause !== undefined && error instanceof Error) this.#cause = error
  }
}

function batch(): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // Nobody may be waiting: the records of changes are in the outbox anyway.
  promise.catch(() => {})
  return { lines: [], awaited: 0, rows: [], promise, resolve, reject }
}
