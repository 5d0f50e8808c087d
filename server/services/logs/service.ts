import type { KeyObject } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import { pageTokens } from '#kernel/sealing/page-token'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { Measures } from '../cloudwatch/port.ts'
import type { KeysFor } from '../kms/port.ts'
import type { LeaveForFunction, UserFunctionsFor } from '../lambda/port.ts'
import { Chunks } from './chunks.ts'
import { MetricFilters, Subscriptions } from './filters.ts'
import { Groups, type Limits } from './groups.ts'
import { adopt, adoption } from './former.ts'
import { handlersOf, Leavings } from './jobs.ts'
import { notYet } from './not-yet.ts'
import type { Env } from './operation.ts'
import { AssociateKmsKey } from './operations/AssociateKmsKey.ts'
import { CreateLogGroup } from './operations/CreateLogGroup.ts'
import { CreateLogStream } from './operations/CreateLogStream.ts'
import { DeleteLogGroup } from './operations/DeleteLogGroup.ts'
import { DeleteLogStream } from './operations/DeleteLogStream.ts'
import { DeleteMetricFilter } from './operations/DeleteMetricFilter.ts'
import { DeleteRetentionPolicy } from './operations/DeleteRetentionPolicy.ts'
import { DeleteSubscriptionFilter } from './operations/DeleteSubscriptionFilter.ts'
import { DescribeLogGroups } from './operations/DescribeLogGroups.ts'
import { DescribeLogStreams } from './operations/DescribeLogStreams.ts'
import { DescribeMetricFilters } from './operations/DescribeMetricFilters.ts'
import { DescribeSubscriptionFilters } from './operations/DescribeSubscriptionFilters.ts'
import { DisassociateKmsKey } from './operations/DisassociateKmsKey.ts'
import { FilterLogEvents } from './operations/FilterLogEvents.ts'
import { GetLogEvents } from './operations/GetLogEvents.ts'
import { ListLogGroups } from './operations/ListLogGroups.ts'
import { ListTagsForResource } from './operations/ListTagsForResource.ts'
import { ListTagsLogGroup } from './operations/ListTagsLogGroup.ts'
import { PutLogEvents } from './operations/PutLogEvents.ts'
import { PutLogGroupDeletionProtection } from './operations/PutLogGroupDeletionProtection.ts'
import { PutMetricFilter } from './operations/PutMetricFilter.ts'
import { PutRetentionPolicy } from './operations/PutRetentionPolicy.ts'
import { PutSubscriptionFilter } from './operations/PutSubscriptionFilter.ts'
import { StartLiveTail } from './operations/StartLiveTail.ts'
import { TagLogGroup } from './operations/TagLogGroup.ts'
import { TagResource } from './operations/TagResource.ts'
import { TestMetricFilter } from './operations/TestMetricFilter.ts'
import { UntagLogGroup } from './operations/UntagLogGroup.ts'
import { UntagResource } from './operations/UntagResource.ts'
import type { LogReader, LogWriter } from './port.ts'
import { Rows } from './rows.ts'
import { Sealing } from './sealing.ts'
import { Tails } from './tails.ts'
import { readerOf, writerOf } from './within.ts'
import { Writing } from './writing.ts'

/** The operations that are here. */
const operations = {
  AssociateKmsKey,
  CreateLogGroup,
  CreateLogStream,
  DeleteLogGroup,
  DeleteLogStream,
  DeleteMetricFilter,
  DeleteRetentionPolicy,
  DeleteSubscriptionFilter,
  DescribeLogGroups,
  DescribeLogStreams,
  DescribeMetricFilters,
  DescribeSubscriptionFilters,
  DisassociateKmsKey,
  FilterLogEvents,
  GetLogEvents,
  ListLogGroups,
  ListTagsForResource,
  ListTagsLogGroup,
  PutLogEvents,
  PutLogGroupDeletionProtection,
  PutMetricFilter,
  PutRetentionPolicy,
  PutSubscriptionFilter,
  StartLiveTail,
  TagLogGroup,
  TagResource,
  TestMetricFilter,
  UntagLogGroup,
  UntagResource,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** The operations that AWS has and we do not have. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** What CloudWatch Logs is built from. */
export interface Parts {
  readonly vault: Vault
  readonly random: Random
  readonly clock: Clock
  readonly jobs: Jobs
  readonly keysFor: KeysFor
  /** What metric filters make. */
  readonly measures: Measures
  /** Whom subscription filters tell. */
  readonly functionsFor: UserFunctionsFor
  readonly leave: LeaveForFunction
  /** Other limits than ours. */
  readonly limits?: Partial<Limits>
}

/** Source: CloudWatch Logs quotas; bytes are ours: what AWS bills is here the operator's disk. */
const LIMITS: Limits = { groups: 10_000, streams: 100_000, groupBytes: 1 << 30, accountBytes: 4 * (1 << 30) }

/** CloudWatch Logs on the wire, for the other services, and what main must do for it. */
export interface Logs {
  readonly service: Service<Env>
  readonly handlers: readonly JobHandler[]
  readonly writer: LogWriter
  readonly reader: LogReader
  /** Begins what goes on by jobs: what functions logged before is taken over. */
  start(storage: Pick<Storage, 'unit'>): Promise<void>
}

/** Builds the service. */
export function logs(parts: Parts): Logs {
  const { vault, random, clock, jobs, keysFor, functionsFor } = parts
  const limits: Limits = { ...LIMITS, ...parts.limits }
  const key: KeyObject = vault.macKey('logs/rows')
  const rows = new Rows(key)
  const tokens = pageTokens(vault.macKey('logs/paging'))
  const tails = new Tails()
  const uuid = () => random.uuid()
  const groupsOf = (unit: Unit) => new Groups(unit, rows, random, limits)
  const env = (unit: Unit, now: number): Env => {
    const groups = groupsOf(unit)
    const sealing = new Sealing(unit, { vault, keysFor, random, rows }, now)
    const chunks = new Chunks(unit, sealing)
    const metricFilters = new MetricFilters(unit, rows)
    const subscriptions = new Subscriptions(unit, rows)
    const leavings = new Leavings(unit, jobs, limits)
    const { measures, leave } = parts
    return {
      ...{ groups, chunks, sealing, metricFilters, subscriptions, leavings, tokens, limits, tails, uuid },
      writing: new Writing(unit, { chunks, metricFilters, subscriptions, leavings, measures, leave }),
      functions: () => functionsFor(unit),
    }
  }
  const writer = writerOf((unit) => env(unit, clock.now()), clock)
  return {
    service: {
      name: 'logs',
      signingName: 'logs',
      eventSource: 'logs.amazonaws.com',
      clockWindowMinutes: 5,
      json: { version: '1.1', targetPrefix: 'Logs_20140328' },
      wording: { validation: 'InvalidParameterException', modelled: 'message' },
      operations,
      notYet: Object.keys(notYet),
      env: (unit: Unit, call: Call) => env(unit, call.now),
    },
    handlers: [...handlersOf({ jobs, limits, groups: groupsOf }), adoption({ vault, jobs, writer })],
    writer,
    start: (storage) => storage.unit('write', (unit) => adopt(unit, clock.now())),
    reader: readerOf((unit) => env(unit, clock.now()), clock),
  }
}
