import type { Unit } from '#kernel/storage/storage'
import { type BusPlace, ruleArn } from './model/names.ts'
import { type Pattern, patternOf } from './model/pattern/pattern.ts'
import type { Rule, Target } from './model/rule.ts'
import { places, type PlaceRow } from './places.sql.ts'
import { changesRules, type Rules, type Spoilt } from './store.ts'

/** A rule that is not disabled, ready to be asked. */
export interface StandingRule {
  readonly rule: Rule
  readonly arn: string
  /** Undefined: it fires by its schedule only. */
  readonly pattern: Pattern | undefined
  readonly targets: readonly Target[]
}

/** Kept in memory at the most, in fields of patterns (see `Pattern.cost`) and targets: beyond, what was not asked for lately goes. */
const MOST_KEPT = 100_000

interface Kept {
  readonly generation: number
  readonly rules: readonly StandingRule[]
  readonly cost: number
}

/** The rules of buses as they stand, kept in memory while nobody changes any. */
export class RuleBook {
  readonly #shelf: (unit: Unit) => Rules
  readonly #spoilt: Spoilt
  readonly #kept = new Map<string, Kept>()
  #cost = 0
  #places: { readonly generation: number; readonly places: readonly BusPlace[] } | undefined

  /** @param spoilt told of rules and targets that this server did not write: they are left out */
  constructor(shelf: (unit: Unit) => Rules, spoilt: Spoilt) {
    this.#shelf = shelf
    this.#spoilt = spoilt
  }

  /** The rules of a bus that are not disabled, in the order of their names. */
  async rulesOf(unit: Unit, bus: BusPlace): Promise<readonly StandingRule[]> {
    const generation = unit.generation('events')
    const key = `${bus.account}/${bus.region}/${bus.name}`
    const kept = this.#kept.get(key)
    if (kept?.generation === generation && !changesRules(unit)) return kept.rules
    const shelf = this.#shelf(unit)
    const rules: StandingRule[] = []
    for (const rule of await shelf.standing(bus, this.#spoilt)) {
      const targets = await shelf.standingTargets(rule, this.#spoilt)
      const pattern = rule.pattern === undefined ? undefined : this.#patternOf(rule.pattern)
      if (pattern !== 'spoilt') rules.push({ rule, arn: ruleArn(rule), pattern, targets })
    }
    if (!changesRules(unit)) this.#keep(key, generation, rules)
    return rules
  }

  /** Buses that have a rule with a pattern which is not disabled: nobody else's events need to be looked at. */
  async places(unit: Unit): Promise<readonly BusPlace[]> {
    const generation = unit.generation('events')
    if (this.#places?.generation === generation && !changesRules(unit)) return this.#places.places
    const rows = await unit.all<PlaceRow>(places, {})
    const found = rows.map(({ account, region, bus }) => ({ account, region, name: bus }))
    if (!changesRules(unit)) this.#places = { generation, places: found }
    return found
  }

  #patternOf(text: string): Pattern | 'spoilt' {
    try {
      return patternOf(text)
    } catch (error) {
      this.#spoilt(error)
      return 'spoilt'
    }
  }

  #keep(key: string, generation: number, rules: readonly StandingRule[]): void {
    this.#forget(key)
    const cost = rules.reduce((sum, { pattern, targets }) => sum + 1 + (pattern?.cost ?? 0) + targets.length, 1)
    this.#kept.set(key, { generation, rules, cost })
    this.#cost += cost
    for (const oldest of this.#kept.keys()) {
      if (this.#cost <= MOST_KEPT) break
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    this.#kept.delete(key)
    this.#cost -= kept.cost
  }
}

/** What decides whether the state of a rule lets an event in. Source: surroundings.md 4.1, trap 18. */
export interface Reported {
  readonly 'detail-type': string
  readonly detail: unknown
}

/**
 * Calls that only read are told to no rule but one with the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.
 * Source: surroundings.md 4.1, trap 18.
 */
export function takesInState({ state }: Pick<Rule, 'state'>, event: Reported): boolean {
  if (state === 'DISABLED') return false
  if (state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') return true
  if (event['detail-type'] !== 'AWS API Call via CloudTrail') return true
  const { eventName } = (event.detail ?? {}) as { readonly eventName?: unknown }
  return !(typeof eventName === 'string' && READS.test(eventName))
}

/** Source: surroundings.md 4.1. */
const READS = /^(Get|List|Describe)/
