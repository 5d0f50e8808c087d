import { SettableClock } from '#kernel/clock'
import { JobRunner } from '#kernel/jobs/runner'
import { causeBegan } from '#kernel/events/causes'
import { eventMigrations } from '#kernel/events/schema'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import { memorySeal } from '#kernel/sealing/seal'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage, Unit } from '#kernel/storage/storage'
import { migrations as formerMigrations } from '../../../runtime/logs/schema.ts'
import { callOfService } from '../../sts/port.ts'
import { FakeKeys } from '../../ssm/test/keys.ts'
import type { Limits } from '../groups.ts'
import { migrations } from '../schema.ts'
import { logs } from '../service.ts'

export const T0 = Date.UTC(2026, 0, 2)
export const CELL = { account: '111122223333', region: 'us-east-1' }
export const all = [...sealingMigrations, ...jobMigrations, ...eventMigrations, ...formerMigrations, ...migrations]

/** CloudWatch Logs over a store, with everything around it made up. */
export async function world({
  open = async (clock: SettableClock): Promise<Storage> => openSqlite({ file: ':memory:', migrations: all, clock }),
  limits = {} as Partial<Limits>,
} = {}) {
  const clock = new SettableClock(T0)
  const storage = await open(clock)
  const vault = await openVault({ storage, seal: memorySeal(), random: systemRandom })
  const keys = new FakeKeys()
  const measured: unknown[] = []
  const left: {
    readonly to: string
    readonly principal: string
    readonly payload: Uint8Array
    readonly depth: number | undefined
  }[] = []
  const service = logs({
    ...{ vault, clock, jobs, limits },
    random: systemRandom,
    keysFor: keys.keysFor,
    measures: { put: async (_, data) => void measured.push(data) },
    functionsFor: () => ({
      mayInvoke: async () => true,
      admits: async (arn) => !arn.endsWith(':closed'),
      isStopped: async () => false,
    }),
    leave: async (_, to, { principal, payload, depth }) => {
      left.push({ to, principal, payload, depth })
      return 'left'
    },
  })
  const runner = new JobRunner({
    ...{ storage, clock, handlers: service.handlers },
    onFailure: ({ error }) => {
      throw error
    },
    onProblem: (problem) => {
      throw problem
    },
  })
  const call = (unit: Unit) => service.service.env(unit, callOfService('test', CELL, 'r', clock.now()))
  return {
    ...{ clock, storage, vault, keys, service, runner, measured, left },
    unit: <T>(work: (env: ReturnType<typeof call>, unit: Unit) => Promise<T>): Promise<T> =>
      storage.unit('write', (unit) => work(call(unit), unit)),
    /** A function goes to work with this key, so many events behind it. */
    began: (key: string, depth: number) => storage.unit('write', (unit) => causeBegan(unit, key, depth, clock.now())),
    /** Does what is due. */
    due: () => runner.runDue(clock.now()),
    [Symbol.asyncDispose]: () => storage.close(),
  }
}
