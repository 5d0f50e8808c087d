import type { Unit } from '#kernel/storage/storage'
import { type Aggregate, merged, packed, unpacked } from './model/aggregate.ts'
import type { Known, Measured, Point } from './model/measured.ts'
import { type Cell, type Dimensions, dimensionsText, keyOf, type MetricName } from './model/metric.ts'
import { RESOLUTIONS, type Resolution } from './model/period.ts'
import { tooManyMetrics } from './model/refusals.ts'
import * as sql from './metrics.sql.ts'

/** Where a list of metrics goes on. */
export interface Place {
  readonly namespace: string
  readonly name: string
  readonly key: string
}

export const FIRST: Place = { namespace: '', name: '', key: '' }

/** The metrics of one unit of work. */
export class Metrics {
  readonly #unit: Unit
  readonly #most: number

  /** `most`: metrics of one account in one region. Past it new ones are refused, and known ones still take values. */
  constructor(unit: Unit, most: number) {
    this.#unit = unit
    this.#most = most
  }

  /** Adds values to their slots. Throws Throttling when the cell has as many metrics as it may have. */
  async add(cell: Cell, measured: readonly Measured[]): Promise<void> {
    const byKey = new Map<string, Measured[]>()
    for (const each of measured) {
      const key = keyOf(each)
      const known = byKey.get(key)
      if (known) known.push(each)
      else byKey.set(key, [each])
    }
    let left: number | undefined
    // in one order, or two requests that name the same metrics could wait for each other
    for (const key of [...byKey.keys()].toSorted()) {
      const all = byKey.get(key) as Measured[]
      const at = Math.max(...all.map(({ time }) => time))
      if ((await this.#unit.run(sql.touch, { ...cell, key, at })) === 0) {
        left ??= this.#most - (await this.count(cell))
        if (left <= 0) throw tooManyMetrics(this.#most)
        left--
        const { namespace, name, dimensions } = all[0] as Measured
        const row = { ...cell, key, namespace, name, dimensions: dimensionsText(dimensions), at }
        await this.#unit.run(sql.insert, row)
      }
      await this.#addTo(cell, key, all)
    }
  }

  async #addTo(cell: Cell, metric: string, measured: readonly Measured[]): Promise<void> {
    const slots = new Map<string, { resolution: Resolution; at: number; unit: string; aggregate: Aggregate }>()
    for (const { time, unit, aggregate, highResolution } of measured) {
      for (const resolution of RESOLUTIONS) {
        if (resolution === 1 && highResolution !== true) continue
        const at = Math.floor(time / 1000 / resolution) * resolution
        const place = `${resolution} ${at} ${unit}`
        const there = slots.get(place)
        const sum = there === undefined ? aggregate : merged(there.aggregate, aggregate)
        slots.set(place, { resolution, at, unit, aggregate: sum })
      }
    }
    for (const { aggregate, ...slot } of slots.values()) {
      const place = { ...cell, metric, ...slot }
      const row = await this.#unit.get<{ content: Uint8Array }>(sql.point, place)
      const sum = row === undefined ? aggregate : merged(unpacked(row.content), aggregate)
      await this.#unit.run(sql.putPoint, { ...place, content: packed(sum) })
    }
  }

  async count(cell: Cell): Promise<number> {
    return Number((await this.#unit.get<{ n: number }>(sql.count, { ...cell }))?.n ?? 0)
  }

  /** When the newest value of a metric is from, milliseconds; undefined when there is none. */
  async lastAt(cell: Cell, name: MetricName): Promise<number | undefined> {
    const row = await this.#unit.get<sql.MetricRow>(sql.find, { ...cell, key: keyOf(name) })
    return row && Number(row.last_at)
  }

  /** What is known of a metric from `from` on and before `to` (seconds), in slots of a length; `unit` undefined: in any unit. */
  async points(
    cell: Cell,
    name: MetricName,
    slots: {
      readonly resolution: Resolution
      readonly from: number
      readonly to: number
      readonly unit?: string | undefined
    },
  ): Promise<Point[]> {
    const { unit = '', ...range } = slots
    const rows = await this.#unit.all<sql.PointRow>(sql.points, { ...cell, metric: keyOf(name), ...range, unit })
    return rows.map((row) => ({ at: Number(row.at), unit: row.unit, aggregate: unpacked(row.content) }))
  }

  /** Up to `limit` metrics behind a place, in their order, that had a value since `since` (milliseconds). */
  async page(
    cell: Cell,
    {
      namespace = '',
      name = '',
      since,
    }: { readonly namespace?: string | undefined; readonly name?: string | undefined; readonly since: number },
    after: Place,
    limit: number,
  ): Promise<Known[]> {
    const rows = await this.#unit.all<sql.MetricRow>(sql.page, {
      ...cell,
      ...{ namespace, name, since, limit },
      ...{ afterNamespace: after.namespace, afterName: after.name, afterKey: after.key },
    })
    return rows.map((row) => ({
      key: row.key,
      namespace: row.namespace,
      name: row.name,
      dimensions: JSON.parse(row.dimensions) as Dimensions,
      lastAt: Number(row.last_at),
    }))
  }
}
