import type { Clock } from '#kernel/clock'
import type { JobHandler } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Cell } from '../model/names.ts'
import { afterFailure, type Outcome, passing, permanent } from './outcome.ts'
import { DELIVER, type Deliveries, type Delivery, type Failure, FORGET } from './store.ts'

/** How something gets to one kind of target. */
export interface Way {
  /** Whether this is how targets of that ARN are reached. */
  fits(arn: string): boolean
  /** Delivers in the unit that takes it off the list: it has arrived exactly when that is committed. */
  within?(unit: Unit, delivery: Delivery, now: number): Promise<Outcome>
  /** Delivers outside of any unit; then it may arrive more than once. */
  outside?: {
    /** Asked in the unit that begins a try: when that may be made. `now` or before: now. */
    mayBegin(unit: Unit, delivery: Delivery, now: number): Promise<number>
    send(delivery: Delivery, signal: AbortSignal): Promise<Outcome>
  }
}

export interface DelivererParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly ways: readonly Way[]
  readonly deliveries: (unit: Unit) => Deliveries
  /** Counted in the unit of the outcome. */
  readonly measured: (unit: Unit, delivery: Delivery, arrived: boolean, now: number) => Promise<void>
  /** Told, after the commit, of what was given up. */
  readonly gaveUp: (delivery: Delivery, failure: Failure) => void
  readonly onProblem: (text: string, error: unknown) => void
}

/** A call ends by then; who finds one claimed for longer takes its process for dead. */
const CALL_MS = 5_000
const LEASE_MS = 60_000
/** Calls at once in this process: of all accounts, and of one, so that others find a place. */
const MOST_AT_ONCE = 32
const MOST_OF_ACCOUNT = 16
/** A full house is looked at again. */
const FULL_MS = 250
/** What was given up is taken away so many at a time. */
const FORGOTTEN_AT_ONCE = 500

/**
 * Delivers what rules have matched. A job takes each up when it is due: what stays in the store is done in its unit, what goes out is
 * claimed there, sent when that is committed, and how it ended is written down in a unit of its own. Who dies in between leaves a claim
 * that ends; then it is tried again.
 */
export class Deliverer {
  readonly handlers: readonly JobHandler[] = [
    { kind: DELIVER, run: (unit, payload, due) => this.#due(unit, payload as Cell & { readonly id: string }, due) },
    { kind: FORGET, run: (unit, _, now) => this.#forget(unit, now) },
  ]
  readonly #parts: DelivererParts
  readonly #running = new Set<Promise<void>>()
  readonly #claimed = new Map<string, number>()
  readonly #stop = new AbortController()

  constructor(parts: DelivererParts) {
    this.#parts = parts
  }

  /** Settles when nothing is being sent. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Sends no more; what is being sent is broken off and left to the next start. */
  async drain(): Promise<void> {
    this.#stop.abort()
    await this.idle()
  }

  async #due(unit: Unit, payload: Cell & { readonly id: string }, due: number): Promise<void> {
    const { deliveries, clock, ways } = this.#parts
    const all = deliveries(unit)
    const delivery = await all.find(payload)
    if (delivery === undefined) return
    const now = Math.max(due, clock.now())
    const arn = delivery.content.target.Arn
    const way = ways.find((one) => one.fits(arn))
    if (way?.outside !== undefined) {
      if (this.#stop.signal.aborted || !this.#hasRoom(delivery.account)) return all.wait(delivery, now + FULL_MS)
      const at = await way.outside.mayBegin(unit, delivery, now)
      if (at > now) return all.wait(delivery, at)
      const claimed = { ...delivery, attempts: delivery.attempts + 1 }
      await all.count(delivery, claimed.attempts)
      await all.wait(delivery, now + LEASE_MS)
      const { send } = way.outside
      unit.afterCommit(() => this.#begin(claimed, send))
      return
    }
    const claimed = { ...delivery, attempts: delivery.attempts + 1 }
    await all.count(delivery, claimed.attempts)
    const outcome =
      (await way?.within?.(unit, claimed, now)) ?? permanent('NO_TARGET', `nothing here takes events as ${arn}`)
    await this.#settle(unit, claimed, outcome, now)
  }

  #hasRoom(account: string): boolean {
    return this.#running.size < MOST_AT_ONCE && (this.#claimed.get(account) ?? 0) < MOST_OF_ACCOUNT
  }

  #begin(delivery: Delivery, send: NonNullable<Way['outside']>['send']): void {
    const { account } = delivery
    this.#claimed.set(account, (this.#claimed.get(account) ?? 0) + 1)
    const work: Promise<void> = this.#send(delivery, send)
      .catch((error) => this.#parts.onProblem('how a delivery ended could not be written down', error))
      .finally(() => {
        const left = (this.#claimed.get(account) ?? 1) - 1
        if (left > 0) this.#claimed.set(account, left)
        else this.#claimed.delete(account)
        this.#running.delete(work)
      })
    this.#running.add(work)
  }

  async #send(delivery: Delivery, send: NonNullable<Way['outside']>['send']): Promise<void> {
    const { storage, clock, deliveries, onProblem } = this.#parts
    // what a power cut could take back has not happened
    await storage.durable()
    let outcome: Outcome
    try {
      outcome = await send(delivery, AbortSignal.any([this.#stop.signal, AbortSignal.timeout(CALL_MS)]))
    } catch (error) {
      onProblem('something could not be delivered', error)
      outcome = passing('INTERNAL_ERROR', 'this server could not send it')
    }
    // what was broken off was not tried
    const stopped = outcome !== 'arrived' && this.#stop.signal.aborted
    await storage.unit('write', async (unit) => {
      const now = clock.now()
      const all = deliveries(unit)
      const there = await all.find(delivery)
      // somebody else has it, or it is gone
      if (there === undefined || there.attempts !== delivery.attempts) return
      if (!stopped) return this.#settle(unit, delivery, outcome, now)
      await all.count(delivery, delivery.attempts - 1)
      await all.wait(delivery, now)
    })
    await storage.durable()
  }

  async #settle(unit: Unit, delivery: Delivery, outcome: Outcome, now: number): Promise<void> {
    const { deliveries, random, measured, gaveUp } = this.#parts
    const all = deliveries(unit)
    if (outcome === 'arrived') {
      await all.arrived(delivery)
      return measured(unit, delivery, true, now)
    }
    const tries = { made: delivery.attempts, ageMs: now - delivery.createdAt }
    const next = afterFailure(outcome, delivery.content.target.RetryPolicy, tries, random)
    if ('waitMs' in next) return all.wait(delivery, now + next.waitMs)
    await all.giveUp(delivery, next.failure, now)
    await measured(unit, delivery, false, now)
    unit.afterCommit(() => gaveUp(delivery, next.failure))
  }

  async #forget(unit: Unit, now: number): Promise<void> {
    const all = this.#parts.deliveries(unit)
    const next = await all.forget(now, FORGOTTEN_AT_ONCE)
    if (next !== undefined) await all.forgetAt(Math.max(next, now))
  }
}
