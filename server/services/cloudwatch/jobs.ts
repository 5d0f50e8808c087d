import type { KeyObject } from 'node:crypto'
import type { Clock } from '#kernel/clock'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import { scheduleUnlessThere } from '#kernel/jobs/store'
import type { Unit } from '#kernel/storage/storage'
import { Alarms } from './alarms.ts'
import { prune } from './alarms.sql.ts'
import { evaluated } from './evaluating.ts'
import { Metrics } from './metrics.ts'
import * as metricsSql from './metrics.sql.ts'
import type { Alarm, Settings } from './model/alarm.ts'
import type { Cell } from './model/metric.ts'
import { KEPT_MS, RESOLUTIONS } from './model/period.ts'
import { type Counted, Series } from './series.ts'
import { type TransitionParts, Transitions } from './transitions.ts'

const EVALUATE = 'cloudwatch/alarm'
const TIDY = 'cloudwatch/tidy'
/** Between two looks at what is too old. */
const TIDY_EVERY_MS = 3_600_000
/** Rows that one unit takes away. */
const TIDIED_AT_ONCE = 500
/** Source: CloudWatch's guide: two weeks; API_DescribeAlarmHistory: 30 days of both. */
const HISTORY_MS = 30 * 86_400_000
/** How long after the end of a period its alarm is evaluated: what was measured in it may come in late. */
const LATE_MS = 5000
const LATE_SHORT_MS = 1000

interface Payload extends Cell {
  readonly name: string
}

const keyOf = ({ account, region, name }: Payload) => `${account}/${region}/${name}`

/** When an alarm is evaluated next: a little after the end of the period that holds `now`. */
function nextEvaluation({ period }: { readonly period: number }, now: number): number {
  const periodMs = period * 1000
  const late = period < 60 ? LATE_SHORT_MS : LATE_MS
  const end = (Math.floor((now - late) / periodMs) + 1) * periodMs
  return end + late
}

/** Puts down that an alarm is evaluated, in the unit in which it is set; in place of what was put down before. */
export async function evaluateLater(
  unit: Unit,
  jobs: Jobs,
  alarm: Payload & { readonly settings: Settings },
  now: number,
) {
  const { account, region, name, settings } = alarm
  if (settings.kind !== 'metric') return
  const payload = { account, region, name }
  // the first time soon, whatever the period is: a minute at the most
  const dueAt = nextEvaluation({ period: Math.min(settings.period, 60) }, now)
  await jobs.schedule(unit, { kind: EVALUATE, key: keyOf(payload), dueAt, payload })
}

export const evaluateNoMore = (unit: Unit, jobs: Jobs, alarm: Payload) => jobs.cancel(unit, EVALUATE, keyOf(alarm))

export interface JobParts extends TransitionParts {
  readonly jobs: Jobs
  readonly clock: Clock
  readonly rowKey: KeyObject
  readonly counted: (unit: Unit) => readonly Counted[]
  readonly mostMetrics: number
}

/** Evaluates one alarm each period. */
export function evaluation(parts: JobParts): JobHandler {
  return {
    kind: EVALUATE,
    async run(unit, payload, due) {
      const { account, region, name } = payload as Payload
      const alarms = new Alarms(unit, parts.rowKey)
      const alarm = await alarms.locked({ account, region }, name)
      if (alarm === undefined || alarm.settings.kind !== 'metric') return
      // what was missed while nobody ran jobs is past: the newest periods count
      const now = Math.max(due, parts.clock.now())
      await parts.jobs.schedule(unit, {
        kind: EVALUATE,
        key: keyOf(alarm),
        dueAt: nextEvaluation(alarm.settings, now),
        payload,
      })
      await evaluate(unit, parts, alarms, alarm, now)
    },
  }
}

async function evaluate(unit: Unit, parts: JobParts, alarms: Alarms, alarm: Alarm, now: number): Promise<void> {
  if (alarm.settings.kind !== 'metric') return
  const series = new Series(new Metrics(unit, parts.mostMetrics), parts.counted(unit))
  const verdict = await evaluated(series, alarm, alarm.settings, now)
  if (verdict !== undefined) await new Transitions(unit, alarms, parts).change(alarm, verdict, now)
}

/** Has old values and old history taken away, from now on. */
export const startTidying = (unit: Unit, now: number): Promise<void> =>
  scheduleUnlessThere(unit, { kind: TIDY, key: 'all', dueAt: now + TIDY_EVERY_MS, payload: null })

/** Takes away what was kept long enough, a piece in each unit. Source: surroundings.md 2, retention. */
export const tidying = (jobs: Jobs): JobHandler => ({
  kind: TIDY,
  latest: true,
  async run(unit, _, now) {
    let more = false
    for (const resolution of RESOLUTIONS) {
      const before = Math.floor((now - KEPT_MS[resolution]) / 1000)
      const old = await unit.all<Cell & { metric: string; at: number; unit: string }>(metricsSql.oldest, {
        ...{ resolution, before, limit: TIDIED_AT_ONCE },
      })
      for (const { account, region, metric, at, unit: measure } of old)
        await unit.run(metricsSql.removePoint, { account, region, metric, resolution, at: Number(at), unit: measure })
      if (old.length === TIDIED_AT_ONCE) more = true
    }
    const before = now - KEPT_MS[3600]
    const gone = await unit.all<Cell & { key: string }>(metricsSql.forgotten, { before, limit: TIDIED_AT_ONCE })
    for (const { account, region, key } of gone) await unit.run(metricsSql.remove, { account, region, key, before })
    await unit.run(prune, { before: now - HISTORY_MS })
    if (gone.length === TIDIED_AT_ONCE) more = true
    const dueAt = more ? now : now + TIDY_EVERY_MS
    await jobs.schedule(unit, { kind: TIDY, key: 'all', dueAt, payload: null })
  },
})
