import type { Aggregate } from './aggregate.ts'
import type { MetricName } from './metric.ts'

/** One thing that was measured. */
export interface Measured extends MetricName {
  readonly unit: string
  /** Milliseconds. */
  readonly time: number
  readonly aggregate: Aggregate
  /** Kept by the second for a while, too. */
  readonly highResolution?: boolean
}

/** What is known of a slot of time. */
export interface Point {
  /** Seconds: where the slot begins. */
  readonly at: number
  readonly unit: string
  readonly aggregate: Aggregate
}

/** A metric as it is listed. */
export interface Known extends MetricName {
  readonly key: string
  /** Milliseconds: of the newest value. */
  readonly lastAt: number
}
