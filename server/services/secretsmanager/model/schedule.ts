import { daysAndExpression, noFrequency } from './refusals.ts'
import type { Planned, RotationRules } from './rotation.ts'
import { checkSchedule, DAY_MS, HOUR_MS, nextWindow, type Schedule, scheduleOf, type Window } from './windows.ts'

/** When a secret is rotated next. All times in milliseconds, all days in UTC. Source: rotation.md 7, secretsmanager.md 10.3. */

/** A whole number from 0 to before `below`. */
export type Chance = (below: number) => number

/** A run begins so long before its window ends at the latest, so that it can end within it. */
const MAX_RUN_MS = 15 * 60_000
/** Over so long the runs are spread that a server finds overdue. */
const SPREAD_MS = HOUR_MS

/**
 * Refuses rules that RotateSecret refuses: days and an expression, neither, and what is wrong with the expression or the
 * Duration. Throws InvalidParameterException. Source: secretsmanager.md 8.17, rotation.md 1.1 and 7.
 */
export function checkRules(rules: RotationRules): void {
  if (rules.automaticallyAfterDays !== undefined && rules.scheduleExpression !== undefined) throw daysAndExpression()
  if (rules.automaticallyAfterDays === undefined && rules.scheduleExpression === undefined) throw noFrequency()
  checkSchedule(scheduleOf(rules))
}

/**
 * The next window that starts after `now`, and a moment of chance in it. Days and rates are counted from `basedAt` (from
 * `now` when there is none); starts that were missed are passed over, as `afterDownTime` is who catches up with them.
 * The rules have passed `checkRules`.
 */
export function plan(
  rules: RotationRules,
  { now, basedAt = now }: { readonly now: number; readonly basedAt?: number | undefined },
  chance: Chance,
): Planned {
  return drawn(windowAfter(scheduleOf(rules), now, basedAt), chance)
}

/** What DescribeSecret calls NextRotationDate: the last second of the window. Source: recorded, secretsmanager.md 10.3. */
export const nextRotationDate = ({ windowEnd }: Planned): number => windowEnd - 1000

/** What is planned after a time in which nothing ran. */
export interface Resumed extends Planned {
  /** Whether the planned window went by without a run. */
  readonly missed: boolean
}

/**
 * What becomes of `planned` when a server that was down sees it at `now`. Within the window: what is late runs soon, the
 * rest stays as it is. After it, a rate, AutomaticallyAfterDays or a window of a whole day is caught up with within an
 * hour; a window with a Duration and the hours of a cron expression are maintenance windows, and the next one is waited
 * for. Never gives two windows that overlap: a window that has begun since, or begins within the hour, is used to catch
 * up. Source: rotation.md 7.
 */
export function afterDownTime(planned: Planned, rules: RotationRules, now: number, chance: Chance): Resumed {
  if (now < planned.windowEnd) return { ...late(planned, now, chance), missed: false }
  const schedule = scheduleOf(rules)
  const next = windowEndingAfter(schedule, now, planned.windowStart)
  if (next.start <= now) return { ...soon(next, now, chance), missed: true }
  if (isMaintenance(rules)) return { ...drawn(next, chance), missed: true }
  const ahead = next.start - now
  // Run in it, but as early as if there were no window to wait for; then it is not rotated a second time in it.
  if (ahead < SPREAD_MS) return { ...drawn(next, chance, SPREAD_MS - ahead), missed: true }
  return { ...drawn({ start: now, end: now + SPREAD_MS }, chance), missed: true }
}

/**
 * The AutomaticallyAfterDays that DescribeSecret shows: for an expression the days from `now`, the moment of the last
 * success, to the planned window, at least 1; otherwise what was set. Undefined when nothing is planned.
 * Source: rotation.md 7; recorded: `{"AutomaticallyAfterDays":1,"ScheduleExpression":"rate(4 hours)"}`.
 */
export function shownDays(rules: RotationRules, planned: Planned | undefined, now: number): number | undefined {
  if (rules.scheduleExpression === undefined) return rules.automaticallyAfterDays
  if (!planned) return undefined
  return Math.max(1, Math.floor(planned.windowStart / DAY_MS) - Math.floor(now / DAY_MS))
}

/** Whether its windows are hours of maintenance, outside of which nothing may run. Source: rotation.md 7. */
export function isMaintenance(rules: RotationRules): boolean {
  const { beat, kind, durationMs } = scheduleOf(rules)
  return durationMs !== undefined || (beat.kind === 'cron' && kind === 'hours')
}

function windowAfter(schedule: Schedule, after: number, base: number): Window {
  const window = nextWindow(schedule, after, base)
  if (!window) throw new Error('a schedule without a next window passed the check')
  return window
}

/** The first window after the one that began at `missedStart` that ends after `now`. */
function windowEndingAfter(schedule: Schedule, now: number, missedStart: number): Window {
  // No window is longer than a day, and two starts lie hours apart: a few turns.
  let window = windowAfter(schedule, Math.max(missedStart, now - DAY_MS - 1), missedStart)
  while (window.end <= now) window = windowAfter(schedule, window.start, missedStart)
  return window
}

function drawn({ start, end }: Window, chance: Chance, withinMs = Number.POSITIVE_INFINITY): Planned {
  return {
    windowStart: start,
    windowEnd: end,
    runAt: start + pick(Math.min(withinMs, end - start - MAX_RUN_MS), chance),
  }
}

function late(planned: Planned, now: number, chance: Chance): Planned {
  if (planned.runAt >= now) return planned
  return soon({ start: planned.windowStart, end: planned.windowEnd }, now, chance)
}

/** Put off by up to an hour within the window, so that not all begin when the server does; at its very end at once. */
function soon({ start, end }: Window, now: number, chance: Chance): Planned {
  return { windowStart: start, windowEnd: end, runAt: now + pick(Math.min(SPREAD_MS, end - now - MAX_RUN_MS), chance) }
}

const pick = (below: number, chance: Chance): number => (below > 0 ? chance(below) : 0)
