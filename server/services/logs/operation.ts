import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import { operationsOf } from '#kernel/operation'
import type { PageTokens } from '#kernel/sealing/page-token'
import type { UserFunctions } from '../lambda/port.ts'
import type { Chunks } from './chunks.ts'
import type { MetricFilters, Subscriptions } from './filters.ts'
import type { Groups, Limits } from './groups.ts'
import type { Leavings } from './jobs.ts'
import type { Sealing } from './sealing.ts'
import type { Tails } from './tails.ts'
import type { Writing } from './writing.ts'

/** What the operations of CloudWatch Logs work with, for one unit of work and one call. */
export interface Env {
  readonly groups: Groups
  readonly chunks: Chunks
  readonly sealing: Sealing
  readonly writing: Writing
  readonly metricFilters: MetricFilters
  readonly subscriptions: Subscriptions
  /** Has what was in groups and streams removed later. */
  readonly leavings: Leavings
  readonly tokens: PageTokens
  readonly limits: Limits
  /** Sessions of StartLiveTail. */
  readonly tails: Tails
  /** A new id. */
  readonly uuid: () => string
  /** Lambda's functions, as far as subscriptions ask about them. */
  readonly functions: () => UserFunctions
}

/** Declares an operation of CloudWatch Logs. */
export const operation = operationsOf<typeof Sdk, Env>()
