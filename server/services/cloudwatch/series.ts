import type { Metrics, Place } from './metrics.ts'
import { type Aggregate, merged } from './model/aggregate.ts'
import type { Known, Point } from './model/measured.ts'
import type { Cell, MetricName } from './model/metric.ts'
import type { Resolution, Slots } from './model/period.ts'

/** Which slots are asked for; see `Metrics.points`. */
export interface Wanted {
  readonly resolution: Resolution
  readonly from: number
  readonly to: number
}

/**
 * Metrics that are counted elsewhere and shown here: no number is kept twice, so that they agree. All of a namespace's, beside
 * those that were put there.
 */
export interface Counted {
  readonly namespace: string
  /** Those that had a value since `since` (milliseconds), a bounded number. */
  list(cell: Cell, since: number): Promise<readonly Known[]>
  /** Undefined: no metric of these. Slots may be shorter than asked for. */
  points(cell: Cell, name: MetricName, wanted: Wanted): Promise<readonly Point[] | undefined>
}

/** Where a list goes on: first what is counted elsewhere, then what was put. */
export interface ListPlace extends Place {
  readonly counted?: number
}

/** What graphs and alarms are made of. */
export class Series {
  readonly #metrics: Metrics
  readonly #counted: readonly Counted[]

  constructor(metrics: Metrics, counted: readonly Counted[]) {
    this.#metrics = metrics
    this.#counted = counted
  }

  /** What is known of each slot that anything is known of, by where it begins (seconds), oldest first; by units apart. */
  async byUnit(
    cell: Cell,
    name: MetricName,
    slots: Slots,
    unit?: string,
  ): Promise<Map<string, Map<number, Aggregate>>> {
    const units = new Map<string, Map<number, Aggregate>>()
    for (const point of await this.#points(cell, name, slots, unit)) {
      const found = units.get(point.unit) ?? new Map<number, Aggregate>()
      units.set(point.unit, found)
      addTo(found, slots, point)
    }
    return units
  }

  /** The same, all units together. Assumed: AWS leaves it open what comes of values in several units. */
  async together(cell: Cell, name: MetricName, slots: Slots, unit?: string): Promise<Map<number, Aggregate>> {
    const found = new Map<number, Aggregate>()
    for (const point of await this.#points(cell, name, slots, unit)) addTo(found, slots, point)
    return found
  }

  async #points(cell: Cell, name: MetricName, { resolution, from, to }: Slots, unit?: string): Promise<Point[]> {
    const all = await this.#metrics.points(cell, name, { resolution, from, to, unit })
    for (const counted of this.#counted) {
      if (counted.namespace !== name.namespace) continue
      for (const point of (await counted.points(cell, name, { resolution, from, to })) ?? [])
        if (unit === undefined || unit === point.unit) all.push(point)
    }
    return all.sort((a, b) => a.at - b.at)
  }

  /** Up to `limit` metrics behind a place, and where it goes on. */
  async page(
    cell: Cell,
    query: { readonly namespace?: string | undefined; readonly name?: string | undefined; readonly since: number },
    after: ListPlace,
    limit: number,
  ): Promise<readonly (readonly [Known, ListPlace])[]> {
    const found: (readonly [Known, ListPlace])[] = []
    if (after.key === '') {
      const counted = await this.#list(cell, query)
      for (let at = after.counted ?? 0; at < counted.length && found.length < limit; at++)
        found.push([counted[at] as Known, { ...after, counted: at + 1 }])
    }
    if (found.length === limit) return found
    for (const known of await this.#metrics.page(cell, query, after, limit - found.length)) {
      const { namespace, name, key } = known
      found.push([known, { namespace, name, key }])
    }
    return found
  }

  async #list(
    cell: Cell,
    {
      namespace,
      name,
      since,
    }: { readonly namespace?: string | undefined; readonly name?: string | undefined; readonly since: number },
  ): Promise<Known[]> {
    const all: Known[] = []
    for (const counted of this.#counted) {
      if (namespace !== undefined && namespace !== counted.namespace) continue
      for (const known of await counted.list(cell, since))
        if (name === undefined || known.name === name) all.push(known)
    }
    return all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  }
}

function addTo(found: Map<number, Aggregate>, { from, period }: Slots, { at, aggregate }: Point): void {
  const slot = from + Math.floor((at - from) / period) * period
  const there = found.get(slot)
  found.set(slot, there === undefined ? aggregate : merged(there, aggregate))
}
