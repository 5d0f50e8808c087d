import type { Call } from '#kernel/call'
import type { Unit } from '#kernel/storage/storage'
import type { BusPlace } from './model/names.ts'
import type { Rule } from './model/rule.ts'

/** An event on its way to a bus. */
export interface BusEvent {
  readonly id: string
  readonly source: string
  readonly detailType: string
  /** Of whoever sent it, and where: not always those of the bus. */
  readonly account: string
  readonly region: string
  /** Milliseconds. */
  readonly time: number
  readonly resources: readonly string[]
  /** The text of a JSON object, as it was sent. */
  readonly detail: string
}

/** What happens to events on a bus, and when schedules fire. */
export interface Engine {
  /** Events that were let in arrive at a bus, in the unit of the call that brings them. */
  put(unit: Unit, bus: BusPlace, events: readonly BusEvent[], call: Call): Promise<void>
  /** A rule has, has no more, or has another schedule or state; `gone`: it was deleted. */
  scheduled(unit: Unit, rule: Rule, now: number, gone?: 'gone'): Promise<void>
}

/** Nothing comes of events: beside a server. */
export const noEngine: Engine = {
  put: async () => undefined,
  scheduled: async () => undefined,
}
