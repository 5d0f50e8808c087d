import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { operationsOf } from '#kernel/operation'
import type { Paging } from '#kernel/sealing/paging'
import type { Alarms } from './alarms.ts'
import type { Alarm } from './model/alarm.ts'
import type { Metrics } from './metrics.ts'
import type { Series } from './series.ts'
import type { Transitions } from './transitions.ts'

/** What the operations of CloudWatch work with: bound to one call and its unit of work. */
export interface Env {
  readonly metrics: Metrics
  /** What graphs and alarms are made of: metrics that were put, and those that are counted elsewhere. */
  readonly series: Series
  readonly alarms: Alarms
  readonly transitions: Transitions
  /** Puts down when an alarm is evaluated, in the unit in which it is set. */
  readonly later: {
    evaluate(alarm: Alarm, now: number): Promise<void>
    evaluateNoMore(alarm: Alarm): Promise<void>
  }
  readonly paging: Paging
}

/** Declares an operation of CloudWatch. */
export const operation = operationsOf<typeof Sdk, Env>()
