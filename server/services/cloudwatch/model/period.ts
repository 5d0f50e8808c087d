/** Slots of time in which values are added up, in seconds: what periods are put together from. */
export const RESOLUTIONS = [1, 60, 300, 3600] as const
export type Resolution = (typeof RESOLUTIONS)[number]

const DAY_MS = 86_400_000

/** How long slots of a length are kept, in milliseconds. Source: surroundings.md 2; by the second: CloudWatch's guide, 3 hours. */
export const KEPT_MS: Readonly<Record<Resolution, number>> = {
  1: DAY_MS / 8,
  60: 15 * DAY_MS,
  300: 63 * DAY_MS,
  3600: 455 * DAY_MS,
}

/** Periods of less than a minute. Source: API_GetMetricStatistics. */
const SHORT = [1, 5, 10, 20, 30, 60]

/** Whether values can be asked for by periods of so many seconds: a multiple of 60, or one of the short ones. */
export function isPeriod(seconds: number): boolean {
  return seconds % 60 === 0 ? seconds > 0 : SHORT.includes(seconds)
}

/** The longest slots that periods of so many seconds can be put together from: the fewest, and those that are kept longest. */
export function resolutionFor(period: number): Resolution {
  return RESOLUTIONS.findLast((each) => period % each === 0) ?? 1
}

/** The period that a time (seconds) falls into: where it begins. Periods are aligned to the epoch. */
export const periodOf = (at: number, period: number) => Math.floor(at / period) * period

/** Slots of time, all in seconds: from `from` on, each `period` long, before `to`; put together from what is kept by `resolution`. */
export interface Slots {
  readonly from: number
  readonly to: number
  readonly period: number
  readonly resolution: Resolution
}

/**
 * The slots that a request means (milliseconds): the first begins where it asks, rounded down to a minute, to five when that is 15
 * days ago, to an hour when 63; by the period when that is shorter than a minute. Source: API_GetMetricStatistics.
 */
export function slotsOf(start: number, end: number, period: number, now: number): Slots {
  const age = now - start
  const rounded = period < 60 ? period : age < KEPT_MS[60] ? 60 : age < KEPT_MS[300] ? 300 : 3600
  const from = periodOf(start / 1000, rounded)
  const resolution = RESOLUTIONS.findLast((each) => period % each === 0 && from % each === 0) ?? 1
  return { from, to: Math.ceil(end / 1000), period, resolution }
}

/** How many slots there are. */
export const slotCount = ({ from, to, period }: Slots) => Math.max(0, Math.ceil((to - from) / period))
