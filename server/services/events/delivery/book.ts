import type { Unit } from '#kernel/storage/storage'
import type { BusPlace, Cell } from '../model/names.ts'
import type { Rule, Target } from '../model/rule.ts'

/** The rules that stand, as the engine asks for them: see `rules.ts`. */

/** An event as patterns look at it. */
export type Matched = Readonly<Record<string, unknown>>

/** A rule that is not disabled, with its targets, ready to be asked. */
export interface Standing {
  readonly rule: Rule
  readonly arn: string
  /** Absent for a rule that has a schedule and nothing else. */
  matches?(event: Matched): boolean
  /** Cheap: false when it can match no such event. */
  mayMatch(source: string, detailType: string): boolean
  readonly targets: readonly Target[]
}

/** Kept in memory for one generation of rules. */
export interface Book {
  rulesOf(unit: Unit, bus: BusPlace): Promise<readonly Standing[]>
  /** Where there are rules with patterns. */
  placesWithRules(unit: Unit): Promise<readonly (Cell & { readonly all: boolean })[]>
}
