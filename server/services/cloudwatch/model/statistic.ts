import type { Aggregate } from './aggregate.ts'

/** A statistic, ready to be taken; undefined when the values do not tell it. */
export type Statistic = (aggregate: Aggregate) => number | undefined

export const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const

const PLAIN: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => (count === 0 ? undefined : sum / count),
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
}

const PERCENTILE = /^p(\d{1,3}(?:\.\d{1,10})?)$/
const TRIMMED = /^(tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)$/
const RANGE = /^(TM|WM|TC|TS|PR)\((-?[\d.]{0,20})(%?):(-?[\d.]{0,20})(%?)\)$/

/**
 * A statistic by its name: the five, pNN, tmNN, wmNN, tcNN, tsNN, the same with a range (`TM(10%:90%)`, `PR(:300)`), IQM. Undefined
 * for what is none. Source: CloudWatch's guide, "Statistics definitions".
 */
export function statisticOf(name: string): Statistic | undefined {
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name]
  if (name === 'IQM') return between(25, 75, 'TM')
  const percentile = PERCENTILE.exec(name)
  if (percentile !== null) {
    const percent = Number(percentile[1])
    return percent <= 100 ? (aggregate) => percentileOf(aggregate, percent) : undefined
  }
  const trimmed = TRIMMED.exec(name)
  if (trimmed !== null) {
    const percent = Number(trimmed[2])
    return percent <= 100 ? between(0, percent, (trimmed[1] as string).toUpperCase()) : undefined
  }
  const range = RANGE.exec(name)
  return range === null ? undefined : ranged(range as unknown as string[])
}

function ranged([, kind = '', from = '', fromPercent, to = '', toPercent]: readonly string[]): Statistic | undefined {
  if (from === '' && to === '') return undefined
  const low = from === '' ? undefined : Number(from)
  const high = to === '' ? undefined : Number(to)
  if (Number.isNaN(low) || Number.isNaN(high) || (low ?? -Infinity) >= (high ?? Infinity)) return undefined
  const inPercent = fromPercent === '%' || toPercent === '%'
  if (inPercent) {
    if ((from !== '' && fromPercent !== '%') || (to !== '' && toPercent !== '%') || kind === 'PR') return undefined
    if ((low ?? 0) < 0 || (high ?? 100) > 100) return undefined
    return between(low ?? 0, high ?? 100, kind)
  }
  const within = (value: number) => (low === undefined || value > low) && (high === undefined || value <= high)
  return ({ values, count }) => {
    if (values === undefined) return undefined
    const kept = [...values].filter(([value]) => within(value))
    return said(kind, kept, count, [...values])
  }
}

const sortedValues = (values: ReadonlyMap<number, number>) => [...values].sort(([a], [b]) => a - b)

/** The least value of which, with all smaller ones, at least so many percent are. Assumed: AWS does not say how it interpolates. */
function percentileOf({ values, count, min, max }: Aggregate, percent: number): number | undefined {
  if (values === undefined || count <= 0) return undefined
  const wanted = (percent / 100) * count
  let seen = 0
  for (const [value, times] of sortedValues(values)) {
    seen += times
    // what lies together in the histogram never lies outside of what was there
    if (seen >= wanted && seen > 0) return Math.min(Math.max(value, min), max)
  }
  return max
}

/** Of the values between two percentiles. */
function between(low: number, high: number, kind: string): Statistic {
  return ({ values, count }) => {
    if (values === undefined || count <= 0) return undefined
    const [from, to] = [(low / 100) * count, (high / 100) * count]
    let seen = 0
    const kept: [number, number][] = []
    const all = sortedValues(values)
    for (const [value, times] of all) {
      const part = Math.min(seen + times, to) - Math.max(seen, from)
      if (part > 0) kept.push([value, part])
      seen += times
    }
    return said(kind, kept, count, all)
  }
}

type Values = readonly (readonly [value: number, times: number])[]

function said(kind: string, kept: Values, count: number, all: Values): number | undefined {
  const times = kept.reduce((sum, [, each]) => sum + each, 0)
  const sum = kept.reduce((total, [value, each]) => total + value * each, 0)
  switch (kind) {
    case 'TC':
      return times
    case 'TS':
      return sum
    case 'PR':
      return count === 0 ? undefined : (times / count) * 100
    case 'TM':
      return times === 0 ? undefined : sum / times
    default: {
      // winsorized: what is left out counts as the nearest that is kept
      const [first, last] = [kept[0], kept.at(-1)]
      if (first === undefined || last === undefined) return undefined
      let below = 0
      for (const [value, each] of all) if (value < first[0]) below += each
      return (sum + below * first[0] + (count - times - below) * last[0]) / count
    }
  }
}
