import type { Unit } from '#kernel/storage/storage'
import type { BusEvent } from '../engine.ts'
import type { BusPlace } from '../model/names.ts'
import type { Rule, Target } from '../model/rule.ts'
import { type Effort, TooCostly } from '../model/pattern/leaf.ts'
import type { Json } from '../model/pattern/match.ts'
import { type Reported, type RuleBook, type StandingRule, takesInState } from '../rules.ts'
import { eventText } from './event-text.ts'
import type { Room } from './room.ts'
import type { Content, Deliveries, Failure } from './store.ts'

/**
 * Events that one event may have behind it, each causing the next, until its circle is taken for endless. Source: surroundings.md 4.2,
 * trap 21; the number is ours.
 */
export const MOST_DEPTH = 8

export const LOOP: Failure = {
  code: 'LOOP_DETECTED',
  reason: `${MOST_DEPTH} events, each caused by the one before, stand behind this one: the target causes the events that its rule matches`,
}

/**
 * What is done to find out whether an event is like one rule's pattern, in steps; and what is done besides for all the rules of a bus
 * that it was not found out for then. So what other rules ask never keeps a usual one from being asked.
 */
const USUAL_EFFORT = 20_000
const MORE_EFFORT = 3_000_000

/** What a delivery takes besides the event and what is sent of it, about. */
const BESIDE_BYTES = 1000

/** An event as patterns look at it: what JSON.parse makes of it. */
export type Seen = Json & Reported

/** What a target is sent of an event; undefined: nothing. */
export type InputOf = (
  target: Target,
  event: { readonly text: string; readonly parsed: Seen },
  rule: { readonly arn: string; readonly name: string },
  now: number,
) => string | undefined

/** An event that arrives at a bus. `depth`: see `Content`. */
export interface Arrival {
  readonly event: BusEvent
  readonly depth: number
}

export interface MatchingParts {
  readonly book: Pick<RuleBook, 'rulesOf'>
  readonly inputOf: InputOf
  readonly deliveries: (unit: Unit) => Deliveries
  /** Whether an account may have more on its way. */
  readonly room?: Pick<Room, 'take'>
  /** Told, in the unit, of what does not go out because the account has too much on its way already. */
  readonly throttled?: (unit: Unit, source: string, target: string, now: number) => Promise<void>
  /** Told, after the commit, of a circle that was cut, and of rules that can't be asked. */
  readonly looped: (source: string, target: string) => void
  /** Told, after the commit, of a rule that was passed over: it takes too much to find out whether an event is like its pattern. */
  readonly tooCostly?: (source: string) => void
  readonly matched: (unit: Unit, rule: Rule, arn: string, now: number) => Promise<void>
}

/** Asks the rules of a bus about events, and puts down what goes to targets: all in the unit that takes the events off their list. */
export class Matching {
  readonly #parts: MatchingParts

  constructor(parts: MatchingParts) {
    this.#parts = parts
  }

  /** Answers how many deliveries came of it. */
  async arrive(unit: Unit, bus: BusPlace, arrivals: readonly Arrival[], now: number): Promise<number> {
    const rules = await this.#parts.book.rulesOf(unit, bus)
    if (rules.length === 0) return 0
    let put = 0
    for (const { event, depth } of arrivals) {
      const asked = rules.filter(({ pattern }) => pattern?.mayMatch(event.source, event.detailType) === true)
      if (asked.length === 0) continue
      const seen = seenOf(event)
      const costly: StandingRule[] = []
      for (const rule of asked) {
        if (!takesInState(rule.rule, seen.parsed)) continue
        const is = isLike(rule, seen.parsed, { left: USUAL_EFFORT })
        if (is === undefined) costly.push(rule)
        else if (is) put += await this.#send(unit, rule, event, seen, depth, now)
      }
      const more = { left: MORE_EFFORT }
      for (const rule of costly) {
        const is = isLike(rule, seen.parsed, more)
        if (is === undefined) unit.afterCommit(() => this.#parts.tooCostly?.(rule.arn))
        else if (is) put += await this.#send(unit, rule, event, seen, depth, now)
      }
    }
    return put
  }

  /** An event for the targets of one rule, whatever its pattern: that of its schedule. */
  async fire(unit: Unit, rule: StandingRule, event: BusEvent, now: number): Promise<void> {
    await this.#send(unit, rule, event, seenOf(event), 0, now)
  }

  async #send(
    unit: Unit,
    { arn, rule, targets }: StandingRule,
    event: BusEvent,
    seen: { readonly text: string; readonly parsed: Seen },
    depth: number,
    now: number,
  ): Promise<number> {
    const { deliveries, inputOf, looped, matched } = this.#parts
    let put = 0
    for (const target of targets) {
      const input = inputOf(target, seen, { arn, name: rule.name }, now)
      if (input === undefined) continue
      const content: Content = { source: arn, target, event, input, depth }
      const bytes = BESIDE_BYTES + input.length + event.detail.length
      if ((await this.#parts.room?.take(unit, rule.account, bytes, now)) === false) {
        await this.#parts.throttled?.(unit, arn, target.Arn, now)
        continue
      }
      put++
      if (depth < MOST_DEPTH) await deliveries(unit).add(rule, content, now)
      else {
        await deliveries(unit).refuse(rule, content, LOOP, now)
        unit.afterCommit(() => looped(arn, target.Arn))
      }
    }
    await matched(unit, rule, arn, now)
    return put
  }
}

/** Undefined: it takes more than is left. */
function isLike({ pattern }: StandingRule, event: Seen, effort: Effort): boolean | undefined {
  try {
    return pattern?.matches(event, effort) === true
  } catch (error) {
    if (error instanceof TooCostly) return undefined
    throw error
  }
}

function seenOf(event: BusEvent): { readonly text: string; readonly parsed: Seen } {
  const text = eventText(event)
  return { text, parsed: JSON.parse(text) as Seen }
}
