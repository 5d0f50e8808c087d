import type { Comparison, MetricSettings, Missing, State } from './alarm.ts'

/** A period that was looked at; without a value there was none. */
export interface Period {
  /** Seconds: where it begins. */
  readonly at: number
  readonly value?: number | undefined
  readonly samples?: number | undefined
}

/** What an evaluation comes to. `state` undefined: the alarm stays as it is. */
export interface Verdict {
  readonly state: State | undefined
  /** The datapoints that it was decided by, newest first. */
  readonly decisive: readonly Period[]
  /** How many periods without a value were taken for something. */
  readonly filled: number
}

/** Periods before the ones that count that are looked at, when newer ones have no value. Source: CloudWatch's guide, "missing data": its tables. */
export const MORE_PERIODS = 2

const COMPARED: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
}

export const breaches = ({ comparison, threshold }: Pick<MetricSettings, 'comparison' | 'threshold'>, value: number) =>
  COMPARED[comparison](value, threshold)

/**
 * M out of N. `periods`: the N newest complete ones and MORE_PERIODS before them, oldest first. When there are N values among them the
 * newest N decide; else the periods without one count as `missing` says. Source: CloudWatch's guide, "Configuring how CloudWatch alarms
 * treat missing data", its tables and "premature alarm" rule.
 */
export function judged(
  periods: readonly Period[],
  settings: Pick<MetricSettings, 'evaluationPeriods' | 'datapointsToAlarm' | 'comparison' | 'threshold' | 'missing'>,
): Verdict {
  const { evaluationPeriods: most, missing = 'missing' } = settings
  const needed = settings.datapointsToAlarm ?? most
  const newestFirst = periods.toReversed()
  const known = newestFirst.filter(({ value }) => value !== undefined).slice(0, most)
  const breaching = known.filter(({ value }) => breaches(settings, value as number))
  const filled = most - known.length
  const verdict = (state: State | undefined): Verdict => ({
    state,
    filled,
    decisive: state === 'ALARM' && breaching.length > 0 ? breaching : known,
  })
  if (breaching.length >= needed) return verdict('ALARM')
  if (filled === 0) return verdict('OK')
  return verdict(byMissing(missing, { newestFirst, known, breaching, needed, filled }))
}

interface Known {
  readonly newestFirst: readonly Period[]
  readonly known: readonly Period[]
  readonly breaching: readonly Period[]
  readonly needed: number
  readonly filled: number
}

function byMissing(missing: Missing, { newestFirst, known, breaching, needed, filled }: Known): State | undefined {
  if (missing === 'breaching') return breaching.length + filled >= needed ? 'ALARM' : 'OK'
  if (missing === 'notBreaching') return 'OK'
  if (breaching.length < known.length) return 'OK'
  if (missing === 'ignore') return undefined
  const oldest = known.at(-1)
  if (oldest === undefined) return 'INSUFFICIENT_DATA'
  // all that is known is breaching: enough when the oldest of it is at least as old as M periods, or it is too early to tell
  return newestFirst.indexOf(oldest) + 1 >= needed ? 'ALARM' : undefined
}
