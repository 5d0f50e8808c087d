import { type Cron, nextFired, parseCron, rhythmOf } from './cron.ts'
import { badDuration, badSchedule } from './refusals.ts'
import type { RotationRules } from './rotation.ts'

/** The windows in which a secret may be rotated, in UTC. Source: rotation.md 7, secretsmanager.md 10.3. */

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

const MIN_SPACING_HOURS = 4
const MAX_RATE_DAYS = 999

/** Every `ms` milliseconds from the midnight or the hour of the base, or when the expression fires. */
type Beat =
  | { readonly kind: 'every'; readonly ms: number; readonly counted: 'from midnight' | 'from the hour' }
  | { readonly kind: 'cron'; readonly cron: Cron }

/** RotationRules, read. */
export interface Schedule {
  readonly beat: Beat
  /** Hours: more than one start a day, or a rate in hours. Source: rotation.md 7. */
  readonly kind: 'hours' | 'days'
  /** Length as given by Duration. */
  readonly durationMs: number | undefined
}

/** From `start` until before `end`, milliseconds. */
export interface Window {
  readonly start: number
  readonly end: number
}

/**
 * Reads rules that have days or an expression; of both the expression is read, and the caller has refused them before.
 * Throws InvalidParameterException when they are not valid for themselves; how they go together is `checkSchedule`'s.
 */
export function scheduleOf({ automaticallyAfterDays, scheduleExpression, duration }: RotationRules): Schedule {
  const durationMs = duration === undefined ? undefined : durationOf(duration)
  if (scheduleExpression === undefined) return { ...everyDays(automaticallyAfterDays ?? 1), durationMs }
  const cron = /^cron\(([^()]*)\)$/i.exec(scheduleExpression)
  if (cron) {
    const read = parseCron(cron[1] ?? '')
    return { beat: { kind: 'cron', cron: read }, kind: read.hours.length > 1 ? 'hours' : 'days', durationMs }
  }
  const rate = /^rate\( *([0-9]+) +(hours?|days?) *\)$/i.exec(scheduleExpression)
  if (!rate) throw badSchedule('it must be rate(number hours), rate(number days) or cron(six fields)')
  const number = Number(rate[1])
  const inHours = rate[2]?.toLowerCase().startsWith('hour') ?? false
  if (number === 0) throw badSchedule('the rate must be at least 1')
  if (number > (inHours ? MAX_RATE_DAYS * 24 : MAX_RATE_DAYS))
    throw badSchedule(`the rate must be at most ${MAX_RATE_DAYS} days`)
  return { ...(inHours ? everyHours(number) : everyDays(number)), durationMs }
}

const everyDays = (days: number) =>
  ({ beat: { kind: 'every', ms: days * DAY_MS, counted: 'from midnight' }, kind: 'days' }) as const

/**
 * Hours are counted from midnight (rotation.md 7), which makes an even grid when they divide the day or are whole days.
 * Assumed: others are counted from the hour of the last rotation, since a grid that began anew each midnight would put
 * its starts too close to each other there.
 */
const everyHours = (hours: number) => {
  const counted = 24 % hours === 0 || hours % 24 === 0 ? ('from midnight' as const) : ('from the hour' as const)
  return { beat: { kind: 'every', ms: hours * HOUR_MS, counted }, kind: 'hours' } as const
}

function durationOf(text: string): number {
  const hours = /^([0-9]{1,2})h$/.exec(text)?.[1]
  if (hours === undefined) throw badDuration('it must be a number of hours, for example 3h')
  if (Number(hours) === 0) throw badDuration('the window must be at least one hour long')
  return Number(hours) * HOUR_MS
}

/** Refuses windows that begin too often, not each year, or reach into the next one or the next UTC day. */
export function checkSchedule({ beat, durationMs }: Schedule): void {
  const { leastGapHours, lastStartHour } = beat.kind === 'cron' ? cronBounds(beat.cron) : rateBounds(beat)
  if (leastGapHours < MIN_SPACING_HOURS)
    throw badSchedule(`rotation windows must start at least ${MIN_SPACING_HOURS} hours apart`)
  if (durationMs === undefined) return
  const hours = durationMs / HOUR_MS
  if (hours > leastGapHours) throw badDuration('the rotation window must not reach into the next rotation window')
  if (lastStartHour + hours > 24) throw badDuration('the rotation window must not reach into the next UTC day')
}

interface Bounds {
  readonly leastGapHours: number
  /** The latest hour of a day at which a window starts, as far as the rules alone say. */
  readonly lastStartHour: number
}

function cronBounds(cron: Cron): Bounds {
  const { yearly, leastGapHours } = rhythmOf(cron)
  if (!yearly) throw badSchedule('it must start a rotation window at least once a year')
  return { leastGapHours, lastStartHour: cron.hours.at(-1) ?? 0 }
}

function rateBounds({ ms, counted }: Beat & { kind: 'every' }): Bounds {
  const hours = ms / HOUR_MS
  // Windows that are not counted from midnight start at any hour; `endOf` cuts them at the day's end. Assumed.
  return { leastGapHours: hours, lastStartHour: counted === 'from midnight' ? Math.max(0, 24 - hours) : 0 }
}

/**
 * The first window that starts after `after`. A rate is counted from `base`, the last rotation (or a moment that is on
 * its grid); cron does not look at it. Undefined for an expression that never fires, which `checkSchedule` refuses.
 */
export function nextWindow(schedule: Schedule, after: number, base: number): Window | undefined {
  const start =
    schedule.beat.kind === 'cron' ? nextFired(schedule.beat.cron, after) : nextBeat(schedule.beat, after, base)
  return start === undefined ? undefined : { start, end: endOf(schedule, start) }
}

function nextBeat({ ms, counted }: Beat & { kind: 'every' }, after: number, base: number): number {
  const unit = counted === 'from midnight' ? DAY_MS : HOUR_MS
  const anchor = Math.floor(base / unit) * unit
  // A start that lies before or at the rotation that it is counted from is over.
  const passed = Math.max(0, Math.floor((Math.max(after, base) - anchor) / ms))
  return anchor + (passed + 1) * ms
}

/** By default an hour, or until the end of the UTC day; never past that. */
function endOf({ kind, durationMs }: Schedule, start: number): number {
  const endOfDay = (Math.floor(start / DAY_MS) + 1) * DAY_MS
  if (durationMs !== undefined) return Math.min(endOfDay, start + durationMs)
  return kind === 'hours' ? start + HOUR_MS : endOfDay
}
