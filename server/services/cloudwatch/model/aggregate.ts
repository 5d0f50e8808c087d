/**
 * What many values come to: how many, their sum, the least and the greatest, and a sparse histogram for percentiles. Aggregates of
 * parts of a time add up to the aggregate of the whole. Source: surroundings.md 2.
 */
export interface Aggregate {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  /** Values with how often each was there; undefined when it is not known (a set of statistics of more than one value). */
  readonly values: ReadonlyMap<number, number> | undefined
}

/** Most distinct values of a histogram. When there are more, those that are near to each other become one. */
export const MOST_VALUES = 100
/** By how much values may differ that become one, at first; it grows until they fit. */
const FIRST_RATIO = 1.01

/** `value` counted `count` times. */
export function aggregateOf(value: number, count = 1): Aggregate {
  return { count, sum: value * count, min: value, max: value, values: new Map([[value, count]]) }
}

/** A set of statistics, as PutMetricData takes one. Only of sets of equal values the histogram is known. Source: API_StatisticSet. */
export function aggregateOfSet(set: Omit<Aggregate, 'values'>): Aggregate {
  const { count, sum, min, max } = set
  return { count, sum, min, max, values: min === max ? new Map([[min, count]]) : undefined }
}

/** The aggregate of both. */
export function merged(a: Aggregate, b: Aggregate): Aggregate {
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    values: a.values === undefined || b.values === undefined ? undefined : together(a.values, b.values),
  }
}

function together(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const all = new Map(a)
  for (const [value, count] of b) all.set(value, (all.get(value) ?? 0) + count)
  return bounded(all)
}

/** At most MOST_VALUES values: what lies in one step of a logarithmic scale is said by the middle of the step. */
export function bounded(values: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  let ratio = FIRST_RATIO
  let found = values
  while (found.size > MOST_VALUES) {
    const scale = Math.log(ratio)
    const fewer = new Map<number, number>()
    for (const [value, count] of found) {
      const middle = middleOf(value, scale)
      fewer.set(middle, (fewer.get(middle) ?? 0) + count)
    }
    found = fewer
    ratio *= ratio
  }
  return found
}

function middleOf(value: number, scale: number): number {
  if (value === 0) return 0
  const size = Math.abs(value)
  const middle = Math.exp((Math.floor(Math.log(size) / scale) + 0.5) * scale)
  return Number.isFinite(middle) && middle > 0 ? Math.sign(value) * middle : value
}

const HEAD = 5
const KNOWN = 1
const UNKNOWN = 0

/** As it is kept: numbers of eight bytes, little end first. */
export function packed({ count, sum, min, max, values }: Aggregate): Uint8Array {
  const bytes = new Uint8Array((HEAD + 2 * (values?.size ?? 0)) * 8)
  const view = new DataView(bytes.buffer)
  let at = 0
  const put = (value: number) => {
    view.setFloat64(at, value, true)
    at += 8
  }
  for (const value of [count, sum, min, max, values === undefined ? UNKNOWN : KNOWN]) put(value)
  for (const [value, times] of values ?? []) {
    put(value)
    put(times)
  }
  return bytes
}

/** What `packed` made. Throws for anything else. */
export function unpacked(bytes: Uint8Array): Aggregate {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = (n: number) => view.getFloat64(n * 8, true)
  let values: Map<number, number> | undefined
  if (at(4) === KNOWN) {
    values = new Map()
    for (let n = HEAD; n + 1 < bytes.length / 8; n += 2) values.set(at(n), at(n + 1))
  }
  return { count: at(0), sum: at(1), min: at(2), max: at(3), values }
}
