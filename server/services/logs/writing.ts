import { causeDepth } from '#kernel/events/causes'
import type { Unit } from '#kernel/storage/storage'
import type { Datum, Measures } from '../cloudwatch/port.ts'
import type { LeaveForFunction } from '../lambda/port.ts'
import type { Chunks } from './chunks.ts'
import type { MetricFilters, Subscriptions } from './filters.ts'
import type { Leavings } from './jobs.ts'
import { looked, type Looked, measured, stepsOfBatch, type Subscription, taken } from './model/filters.ts'
import type { LogGroup, LogStream, NewEvent } from './model/group.ts'
import { groupArnOfAll } from './model/names.ts'
import { parts, payloadOf } from './payload.ts'
import { servicePrincipal } from './sealing.ts'

export interface WritingParts {
  readonly chunks: Chunks
  readonly metricFilters: MetricFilters
  readonly subscriptions: Subscriptions
  readonly leavings: Leavings
  readonly measures: Measures
  readonly leave: LeaveForFunction
}

/** Writes events down, in one unit of work: into their stream, into metrics, and on to those who subscribed. */
export class Writing {
  readonly #unit: Unit
  readonly #parts: WritingParts

  constructor(unit: Unit, parts: WritingParts) {
    this.#unit = unit
    this.#parts = parts
  }

  async append(group: LogGroup, stream: LogStream, events: readonly NewEvent[], now: number): Promise<void> {
    if (events.length === 0) return
    const { chunks, leavings } = this.#parts
    const { kept, bytes, added } = await chunks.append(group, stream, events, now)
    await leavings.grown(group, bytes, added, now)
    const filters = await this.#parts.metricFilters.ofGroup(group)
    const subscribed = await this.#parts.subscriptions.ofGroup(group)
    if (filters.length + subscribed.length === 0) return
    const all = looked(kept)
    const steps = stepsOfBatch()
    for (const filter of filters) {
      const data = dataOf(filter.transformation, measured(filter, all, steps))
      const { account, region } = group
      const { metricNamespace: namespace } = filter.transformation
      if (data.length > 0) await this.#parts.measures.put(this.#unit, { account, region, namespace, data })
    }
    for (const one of subscribed) await this.#send(one, group, stream, taken(one.pattern, all, steps))
  }

  /** The events that do not go round in a circle of functions and logs, and how deep what they cause is. */
  async #uncircled(events: readonly Looked[]): Promise<{ readonly fresh: readonly Looked[]; readonly depth: number }> {
    const depths = new Map<string, number>()
    const fresh: Looked[] = []
    let depth = 1
    for (const one of events) {
      const { accessKey = '', time } = one.event
      const key = `${accessKey}/${Math.floor(time / 1000)}`
      const known = depths.get(key) ?? (await causeDepth(this.#unit, accessKey, time))
      depths.set(key, known)
      if (known >= MOST_DEPTH) continue
      fresh.push(one)
      depth = Math.max(depth, known + 1)
    }
    return { fresh, depth }
  }

  /** Leaves events for a function. One that writes into this very group is not told of what it writes: it would go on for ever. */
  async #send(to: Subscription, group: LogGroup, stream: LogStream, events: readonly Looked[]): Promise<void> {
    if (events.length === 0 || logGroupOf(to.destination) === group.name) return
    const { fresh, depth } = await this.#uncircled(events)
    for (const part of parts(fresh)) {
      const payload = payloadOf(to, group, stream, part)
      for (const principal of principals(group.region)) {
        const source = { arn: groupArnOfAll(group), account: group.account }
        if ((await this.#parts.leave(this.#unit, to.destination, { principal, source, payload, depth })) === 'left')
          break
      }
    }
  }
}

/** So many events may stand behind one that is sent on: what is deeper goes round in a circle. Assumed. */
const MOST_DEPTH = 8

/** As whom the service invokes functions; either may stand in their policies. Source: API_PutSubscriptionFilter, examples. */
export const principals = (region: string): readonly string[] => ['logs.amazonaws.com', servicePrincipal(region)]

/** The group that a function of this ARN logs into by default. */
function logGroupOf(functionArn: string): string {
  const [, name = ''] = /:function:([^:]+)/.exec(functionArn) ?? []
  return `/aws/lambda/${name}`
}

/** Values of one name and minute come as one. */
function dataOf(
  { metricName: name, unit }: { readonly metricName: string; readonly unit?: string | undefined },
  values: ReturnType<typeof measured>,
): Datum[] {
  const sums = new Map<string, Datum & { stats: { count: number; sum: number; min: number; max: number } }>()
  for (const { dimensions, time, value } of values) {
    const key = JSON.stringify([Math.floor(time / 60_000), dimensions])
    const { stats } = sums.get(key) ?? {}
    const count = (stats?.count ?? 0) + 1
    const sum = (stats?.sum ?? 0) + value
    const min = Math.min(stats?.min ?? value, value)
    const max = Math.max(stats?.max ?? value, value)
    const said = { name, dimensions, time, ...(unit === undefined ? {} : { unit }) }
    sums.set(key, { ...said, stats: { count, sum, min, max } })
  }
  return [...sums.values()]
}
