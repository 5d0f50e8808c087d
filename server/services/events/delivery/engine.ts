import type { Follower } from '#kernel/audit/follower'
import type { StoredRecord } from '#kernel/audit/reader'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import { causeDepth } from '#kernel/events/causes'
import { eventsDelivered, eventsLeft, eventsPassed, hasEventsLeft, type Stored } from '#kernel/events/outbox'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { BusEvent, Engine } from '../engine.ts'
import { type BusPlace, DEFAULT, ruleArn } from '../model/names.ts'
import type { Rule } from '../model/rule.ts'
import type { RuleBook } from '../rules.ts'
import type { Matching } from './matching.ts'
import { eventOfRecord, mayWant } from './trail.ts'

/** The job of a rule's schedule; its key is the rule's ARN. */
const SCHEDULE = 'events/schedule'

/** Between two looks at what services announced, milliseconds of the machine. */
const LOOK_MS = 250
/** Events that one unit takes off the list. */
const AT_ONCE = 100
/** The same where no rule waits for them. */
const PASSED_AT_ONCE = 2000

/** Buses whose rules are read ahead. */
const MOST_WARMED = 1000

export interface BusEngineParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly jobs: Jobs
  readonly book: Pick<RuleBook, 'rulesOf' | 'places'>
  readonly matching: Matching
  /** A rule as it stands, by place and name. */
  readonly ruleIn: (unit: Unit, bus: BusPlace, name: string) => Promise<Rule | undefined>
  /** The moment of a schedule's next firing after `after`; undefined: it has none. */
  readonly nextOf: (rule: Rule, after: number) => number | undefined
  readonly onProblem: (text: string, error: unknown) => void
}

interface Scheduled {
  readonly account: string
  readonly region: string
  readonly bus: string
  readonly name: string
  readonly id: string
}

/**
 * Brings events to buses: those that services announce (from their list in the store), those of PutEvents, the records of the trail,
 * and those of schedules. Each is matched in the unit that takes it off its list or moves the position behind it: exactly once,
 * whatever dies in between.
 */
export class BusEngine implements Engine {
  readonly #parts: BusEngineParts
  #timer: NodeJS.Timeout | undefined
  #started = false
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: BusEngineParts) {
    this.#parts = parts
  }

  async put(unit: Unit, bus: BusPlace, events: readonly BusEvent[], call: Call): Promise<void> {
    const { matching, book } = this.#parts
    if ((await book.rulesOf(unit, bus)).length === 0) return
    const depth = await causeDepth(unit, call.caller.accessKeyId, call.now)
    await matching.arrive(
      unit,
      bus,
      events.map((event) => ({ event, depth })),
      call.now,
    )
  }

  async scheduled(unit: Unit, rule: Rule, now: number, gone?: 'gone'): Promise<void> {
    const { jobs, nextOf } = this.#parts
    const key = ruleArn(rule)
    const next = gone || rule.state === 'DISABLED' || rule.schedule === undefined ? undefined : nextOf(rule, now)
    if (next === undefined) return jobs.cancel(unit, SCHEDULE, key)
    await this.#plan(unit, rule, next)
  }

  /** Fires schedules. What fell due while no server ran fires once. */
  readonly handler: JobHandler = {
    kind: SCHEDULE,
    run: (unit, payload, due) => this.#fire(unit, payload as Scheduled, due),
  }

  /** Makes events of the records of the trail, where a rule may match them. */
  readonly follower: Follower = {
    name: 'events',
    // where there is no rule yet, and so at the first start, what was is passed over at once
    from: 'start',
    wanted: async () => {
      const { storage } = this.#parts
      const places = await storage.unit('read', (unit) => this.#places(unit))
      if (places.length === 0) return undefined
      return {
        accounts: new Set(places.map(({ account }) => account)),
        regions: new Set(places.map(({ region }) => region)),
      }
    },
    take: (unit, records) => this.#take(unit, records),
  }

  /** Looks from time to time at what services announced. */
  start(): void {
    if (this.#started) return
    this.#started = true
    this.#wait()
  }

  async stop(): Promise<void> {
    this.#started = false
    clearTimeout(this.#timer)
    await this.#turn
  }

  /** Settles when all that services have announced by now was matched. */
  settle(): Promise<void> {
    const turn = this.#turn.then(() => this.#drain())
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.settle()
        .catch((error) => this.#parts.onProblem('what services announced could not be matched', error))
        .finally(() => {
          if (this.#started) this.#wait()
        })
    }, LOOK_MS).unref()
  }

  async #drain(): Promise<void> {
    const { storage } = this.#parts
    for (;;) {
      if (!(await storage.unit('read', hasEventsLeft))) return
      await this.#warm()
      if (!(await storage.unit('write', (unit) => this.#pass(unit)))) return
    }
  }

  /** Default buses that have rules with patterns: services announce on these. */
  async #places(unit: Unit): Promise<readonly BusPlace[]> {
    return (await this.#parts.book.places(unit)).filter(({ name }) => name === DEFAULT)
  }

  /** Rules are kept in memory by units that only read: once here, then the units that match find them there. */
  async #warm(): Promise<void> {
    const { storage, book } = this.#parts
    await storage.unit('read', async (unit) => {
      for (const place of (await this.#places(unit)).slice(0, MOST_WARMED)) await book.rulesOf(unit, place)
    })
  }

  /** Answers whether there may be more. */
  async #pass(unit: Unit): Promise<boolean> {
    const { book, matching, clock } = this.#parts
    if ((await this.#places(unit)).length === 0) {
      return (await eventsPassed(unit, PASSED_AT_ONCE)) === PASSED_AT_ONCE
    }
    const left = await eventsLeft(unit, AT_ONCE)
    const now = clock.now()
    for (const stored of left) {
      const { account, region } = stored.envelope
      const bus = { account, region, name: DEFAULT }
      if ((await book.rulesOf(unit, bus)).length === 0) continue
      const depth = await causeDepth(unit, stored.by, stored.time)
      await matching.arrive(unit, bus, [{ event: busEventOf(stored), depth }], now)
    }
    await eventsDelivered(
      unit,
      left.map(({ id }) => id),
    )
    return left.length === AT_ONCE
  }

  async #take(unit: Unit, records: readonly StoredRecord[]): Promise<void> {
    const { book, matching, clock } = this.#parts
    const now = clock.now()
    for (const record of records) {
      const { account, region } = record
      const bus = { account, region, name: DEFAULT }
      const rules = await book.rulesOf(unit, bus)
      // most records are of no interest to anybody: they are not taken apart
      if (!rules.some((rule) => mayWant(rule, record))) continue
      const found = eventOfRecord(record)
      if (found === undefined) continue
      const depth = await causeDepth(unit, found.by, record.eventTime)
      await matching.arrive(unit, bus, [{ event: found.event, depth }], now)
    }
  }

  async #fire(unit: Unit, { account, region, bus, name, id }: Scheduled, due: number): Promise<void> {
    const { book, matching, random, clock, ruleIn, nextOf } = this.#parts
    const place = { account, region, name: bus }
    const rule = await ruleIn(unit, place, name)
    if (rule === undefined || rule.id !== id || rule.state === 'DISABLED' || rule.schedule === undefined) return
    const now = Math.max(due, clock.now())
    const standing = (await book.rulesOf(unit, place)).find((one) => one.rule.id === id)
    if (standing !== undefined) {
      const event: BusEvent = {
        id: random.uuid(),
        ...{ source: 'aws.events', detailType: 'Scheduled Event', account, region, time: due, detail: '{}' },
        resources: [ruleArn(rule)],
      }
      await matching.fire(unit, standing, event, now)
    }
    const next = nextOf(rule, now)
    if (next !== undefined) await this.#plan(unit, rule, next)
  }

  #plan(unit: Unit, rule: Rule, dueAt: number): Promise<void> {
    const { account, region, bus, name, id } = rule
    const payload: Scheduled = { account, region, bus, name, id }
    return this.#parts.jobs.schedule(unit, { kind: SCHEDULE, key: ruleArn(rule), dueAt, payload })
  }
}

function busEventOf({ envelope, time }: Stored): BusEvent {
  const { id, source, account, region, resources, detail } = envelope
  const detailType = envelope['detail-type']
  return { id, source, detailType, account, region, time, resources, detail: JSON.stringify(detail) }
}
