import { SettableClock } from '#kernel/clock'
import type { Call } from '#kernel/call'
import { EventOutbox, eventsAfter, START as FIRST, type Stored } from '#kernel/events/outbox'
import { eventMigrations } from '#kernel/events/schema'
import { jobMigrations } from '#kernel/jobs/schema'
import { JobRunner } from '#kernel/jobs/runner'
import { jobs } from '#kernel/jobs/store'
import type { AnyOperation } from '#kernel/operation'
import { systemRandom } from '#kernel/random'
import { vaultOf } from '#kernel/sealing/keyring'
import { createSecretKey } from 'node:crypto'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import { migrations } from '../schema.ts'
import { cloudwatch, type Parts } from '../service.ts'
import type { Told } from '../transitions.ts'

/** 15 March 2026, 10:30 UTC. */
export const START = Date.UTC(2026, 2, 15, 10, 30)
export const ACCOUNT = '111122223333'
export const REGION = 'us-east-1'
export const CELL = { account: ACCOUNT, region: REGION }

export const MIGRATIONS = [...jobMigrations, ...eventMigrations, ...migrations]

/** An action that was put down. */
export interface Action {
  readonly action: string
  readonly payload: Readonly<Record<string, unknown>>
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/**
 * CloudWatch on a store in memory with a clock that stands. `call` runs an operation as the kernel does, in one unit, without parsing,
 * permission and audit. `storage`: another store, with the tables.
 */
export async function trial(more: Partial<Parts> & { readonly told?: Told; readonly storage?: Storage } = {}) {
  const { told = 'left', storage: given, ...parts } = more
  const clock = new SettableClock(START, false)
  const storage =
    given ??
    (await openSqlite({
      file: ':memory:',
      migrations: MIGRATIONS,
      clock,
    }))
  const actions: Action[] = []
  const service = cloudwatch({
    vault: vaultOf(new Map([[1, createSecretKey(Buffer.alloc(32, 7))]]), systemRandom),
    jobs,
    clock,
    events: new EventOutbox(systemRandom),
    tell: async (_, action, { payload }) => {
      actions.push({ action, payload: JSON.parse(payload) as Action['payload'] })
      return told
    },
    ...parts,
  })
  const failures: unknown[] = []
  const runner = new JobRunner({
    storage,
    clock,
    handlers: service.handlers,
    onFailure: ({ error }) => failures.push(error),
    onProblem: (error) => failures.push(error),
  })
  return {
    storage,
    clock,
    actions,
    runner,
    failures,
    measures: service.measures,
    async call(name: string, input: Readonly<Record<string, unknown>>, account = ACCOUNT): Promise<Out> {
      const operation = service.service.operations[name] as AnyOperation
      const call = { account, region: REGION, now: clock.now(), caller: { account } } as unknown as Call
      return storage.unit(operation.effect, (unit) => operation.run(input, service.service.env(unit, call), call))
    },
    /** Puts one value of `Shop/Errors`, so many seconds before now. */
    async put(value: number, secondsAgo = 0): Promise<void> {
      const Timestamp = new Date(clock.now() - secondsAgo * 1000)
      await this.call('PutMetricData', {
        Namespace: 'Shop',
        MetricData: [{ MetricName: 'Errors', Value: value, Timestamp }],
      })
    },
    /** Moves the time on, with all jobs on the way. */
    travel: (seconds: number) => runner.travel(clock, clock.now() + seconds * 1000),
    events: (): Promise<Stored[]> => storage.unit('read', (unit) => eventsAfter(unit, {}, FIRST, 100)),
    async state(AlarmName: string): Promise<string> {
      const { MetricAlarms, CompositeAlarms } = await this.call('DescribeAlarms', { AlarmNames: [AlarmName] })
      return (MetricAlarms[0] ?? CompositeAlarms[0]).StateValue
    },
    [Symbol.asyncDispose]: () => storage.close(),
  }
}

/** An alarm on the sum of `Shop/Errors` above 5, each minute. */
export const ALARM = {
  AlarmName: 'errors',
  Namespace: 'Shop',
  MetricName: 'Errors',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
}
