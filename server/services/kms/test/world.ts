import assert from 'node:assert/strict'
import type { AuditEvent } from '#kernel/audit/event'
import { decide } from '#kernel/authorization/authorize'
import { compile } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { ServiceEvent } from '#kernel/events/event'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import type { Target } from '#kernel/operation'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import { memorySeal, type Seal } from '#kernel/sealing/seal'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Keys } from '../port.ts'
import { migrations } from '../schema.ts'
import { kms } from '../service.ts'
import { FakePeople } from './people.ts'

/** A KMS with a store of its own, and callers: what its tests need, without HTTP. */

export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'
export const REGION = 'us-east-1'
const START = Date.UTC(2026, 0, 2, 3, 4, 5)

export const allMigrations = [...sealingMigrations, ...jobMigrations, ...migrations]

export function root(account = ACCOUNT): Caller {
  const arn = `arn:aws:iam::${account}:root`
  return {
    kind: 'root',
    account,
    arn,
    principalArn: arn,
    userId: account,
    accessKeyId: 'AKIAROOT',
    tags: new Map(),
    policies: [],
  }
}

/** A statement of an identity policy in short: `allow kms:Decrypt on *`. */
export const allow = (Action: string | string[], Resource = '*', more = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
export const deny = (Action: string | string[], Resource = '*', more = {}) => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
})

export function user(name: string, statements: readonly object[] = [], account = ACCOUNT): Caller {
  const arn = `arn:aws:iam::${account}:user/${name}`
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  return {
    kind: 'user',
    account,
    arn,
    principalArn: arn,
    userId: `AIDA${name}`,
    userName: name,
    accessKeyId: 'AKIAUSER',
    tags: new Map(),
    policies: statements.length === 0 ? [] : [compile(policy)],
  }
}

/** A caller who may do everything that identity policies can allow. */
export const admin = (account = ACCOUNT) => user('admin', [allow('*')], account)

export interface Asked {
  readonly caller?: Caller
  readonly region?: string
}

/** Opens a store and a KMS on it. */
export async function world(plan: { file?: string; url?: string; seal?: Seal } = {}) {
  const { file = ':memory:', url, seal = memorySeal() } = plan
  const clock = new SettableClock(START)
  const opened = { migrations: allMigrations, clock }
  const storage: Storage =
    url === undefined
      ? await openSqlite({ file, ...opened })
      : await openPostgres({ url, random: systemRandom, onProblem: () => undefined, ...opened })
  const people = new FakePeople()
  const vault = await openVault({ storage, seal, random: systemRandom })
  const announced: ServiceEvent[] = []
  const { service, keysFor, handlers, flush } = kms({
    vault,
    random: systemRandom,
    jobs,
    decide,
    identities: people.identities,
    regions: [REGION, 'us-west-2', 'eu-west-1'],
    events: { emit: async (unit, event) => unit.afterCommit(() => announced.push(event)) },
  })
  const runner = new JobRunner({
    storage,
    clock,
    handlers,
    onFailure: ({ error }) => assert.fail(String(error)),
    onProblem: (problem) => assert.fail(String(problem)),
  })
  const events: AuditEvent[] = []

  const call = ({ caller = root(), region = REGION }: Asked): Call => ({
    requestId: 'b7f9d7e0-0000-4000-8000-000000000000',
    caller,
    account: caller.account,
    region,
    now: clock.now(),
    sourceIp: '192.0.2.1',
    userAgent: 'test',
    secure: true,
    events: [],
  })

  /** Does an operation as the pipeline does: ahead; target, authorize, run in one unit; after. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of operations of every type
  async function ask(name: string, input: object, asked: Asked = {}): Promise<any> {
    const operation = service.operations[name]
    assert(operation !== undefined, name)
    const now = call(asked)
    const begin = async (unit: Unit) => {
      const env = service.env(unit, now)
      const targets = await operation.target(input, env, now)
      for (const target of Array.isArray(targets) ? (targets as Target[]) : [targets as Target]) {
        const action = target.action ?? `kms:${name}`
        const decision = decide(now, 'kms', action, target, target.rule ?? service.rule ?? 'plain')
        if (!decision.allowed) throw service.denied?.(decision, now, action, target)
      }
      return env
    }
    if (operation.ahead !== undefined) {
      const work = await storage.unit('read', async (unit) => operation.ahead?.(input, await begin(unit), now))
      await work?.()
    }
    const { out, env } = await storage.unit(operation.effectOf?.(input) ?? operation.effect, async (unit) => {
      const env = await begin(unit)
      return { out: await operation.run(input, env, now), env }
    })
    if (operation.after === undefined || operation.afterOf?.(input) === false) return out
    return operation.after(out, input, env, now)
  }

  /** Works with KMS as Secrets Manager does for a caller. */
  function through<T>(
    work: (keys: Keys) => Promise<T> | T,
    {
      service: asking = 'secretsmanager',
      effect = 'write' as 'read' | 'write',
      home = undefined as string | undefined,
      ...asked
    }: Asked & {
      service?: string
      effect?: 'read' | 'write'
      home?: string
    } = {},
  ): Promise<T> {
    return storage.unit(effect, async (unit) => {
      const now = call(asked)
      try {
        return await work(keysFor(unit, now, asking, home))
      } finally {
        events.push(...now.events)
      }
    })
  }

  return {
    storage,
    vault,
    people,
    clock,
    service,
    keysFor,
    runner,
    call,
    ask,
    flush,
    through,
    /** What was announced to EventBridge. */
    announced,
    /** What calls on behalf of others left for the trail. */
    events,
    async key(input: object = {}, asked: Asked = {}): Promise<{ KeyId: string; Arn: string }> {
      return (await ask('CreateKey', input, asked)).KeyMetadata
    },
    [Symbol.asyncDispose]: () => storage.close(),
  }
}

export type World = Awaited<ReturnType<typeof world>>

/** An ApiError of this code with this text; without a text it must have none. */
export const refusal =
  (code: string, message = '') =>
  (error: unknown): true => {
    assert(error instanceof ApiError, String(error))
    assert.deepEqual([error.code, error.message], [code, message])
    return true
  }
