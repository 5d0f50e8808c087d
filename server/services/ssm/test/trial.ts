import assert from 'node:assert/strict'
import type { AuditEvent } from '#kernel/audit/event'
import { decide } from '#kernel/authorization/authorize'
import { compile } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { Envelope } from '#kernel/events/event'
import { EventOutbox, eventsAfter, pruning, START as FIRST } from '#kernel/events/outbox'
import { eventMigrations } from '#kernel/events/schema'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import type { AnyOperation, Target } from '#kernel/operation'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { meteringMigrations } from '#kernel/metering/schema'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import { memorySeal } from '#kernel/sealing/seal'
import type { Vault } from '#kernel/sealing/vault'
import { type FaultyStorage, faulty } from '#kernel/storage/faulty'
import type { Migration } from '#kernel/storage/migration'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import { migrations } from '../schema.ts'
import { type ParameterStore, type Parts, ssm } from '../service.ts'
import { FakeKeys } from './keys.ts'
import { FakePeople } from '../../secretsmanager/test/people.ts'

/** 15 March 2026, 10:30 UTC. */
export const START = Date.UTC(2026, 2, 15, 10, 30)
export const DAY = 86_400_000
export const ACCOUNT = '111122223333'
export const OTHER = '444455556666'
export const REGION = 'us-east-1'

/** ARN of the parameter with that name. */
export const arnOf = (name: string, account = ACCOUNT) =>
  `arn:aws:ssm:${REGION}:${account}:parameter/${name.replace(/^\//, '')}`

/** A statement of an identity policy: `allow('GetParameter', arnOf('/a/*'))`. */
export const allow = (actions: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action: [actions].flat().map((action) => (action.includes(':') ? action : `ssm:${action}`)),
  Resource,
  ...more,
})
export const deny = (actions: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  ...allow(actions, Resource, more),
  Effect: 'Deny',
})

/** The root user of an account: may do everything in it. */
export function root(account = ACCOUNT): Caller {
  const arn = `arn:aws:iam::${account}:root`
  const tags = new Map()
  return { kind: 'root', account, arn, principalArn: arn, userId: account, accessKeyId: 'AKIDTEST', tags, policies: [] }
}

/** A user with one inline policy of these statements, or none. */
export function user(name: string, statements: readonly object[], account = ACCOUNT): Caller {
  const arn = `arn:aws:iam::${account}:user/${name}`
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  return {
    ...root(account),
    kind: 'user',
    arn,
    principalArn: arn,
    userId: `AIDA${name}`,
    userName: name,
    policies: statements.length === 0 ? [] : [compile(policy)],
  }
}

type Input = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/**
 * Parameter Store on a store in memory with a KMS of the test and a clock that stands. `call` runs an operation as the kernel does,
 * target first and in one unit, without parsing and audit; `ask` with permission.
 */
export class Trial implements AsyncDisposable {
  /** Fails when it is told to. */
  readonly storage: FaultyStorage
  readonly vault: Vault
  readonly service: ParameterStore
  readonly keys: FakeKeys
  /** Who is there, for resource policies that name them. */
  readonly people: FakePeople
  readonly clock: SettableClock
  /** What jobs left in the trail. */
  readonly recorded: AuditEvent[]
  readonly runner: JobRunner

  constructor(
    parts: Pick<Trial, 'storage' | 'vault' | 'keys' | 'people' | 'clock'>,
    more: Partial<Parts>,
    recorded: AuditEvent[] = [],
  ) {
    const { storage, vault, keys, people, clock } = parts
    this.storage = storage
    this.vault = vault
    this.keys = keys
    this.people = people
    this.clock = clock
    this.recorded = recorded
    this.service = ssm({
      keysFor: keys.keysFor,
      secretsFor: () => assert.fail('nobody is asked about secrets'),
      identities: people.identities,
      random: systemRandom,
      vault,
      rowKey: vault.macKey('ssm/rows'),
      storage,
      clock,
      jobs,
      events: new EventOutbox(systemRandom),
      record: async (unit, events) => unit.afterCommit(() => recorded.push(...events)),
      ...more,
    })
    this.runner = new JobRunner({
      storage,
      clock,
      handlers: [...this.service.handlers, pruning],
      onFailure: ({ error }) => assert.fail(String(error)),
      onProblem: (problem) => assert.fail(String(problem)),
    })
  }

  /** Lets so much time pass; what is due on the way happens at its own time. */
  async pass(ms: number): Promise<void> {
    await this.runner.travel(this.clock, this.clock.now() + ms)
  }

  /** What was announced, in its order; `skip`: what somebody has seen already. */
  async announced(skip = 0): Promise<readonly Envelope[]> {
    const stored = await this.storage.unit('read', (unit) => eventsAfter(unit, {}, FIRST, 10_000))
    return stored.slice(skip).map(({ envelope }) => envelope)
  }

  request(more: Partial<Call> = {}): Call {
    const caller = more.caller ?? root()
    return {
      requestId: '11111111-1111-4111-8111-111111111111',
      caller,
      account: caller.account,
      region: REGION,
      now: this.clock.now(),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      secure: true,
      events: [],
      ...more,
    }
  }

  /** Runs an operation and answers what it answers; permission is not looked at. */
  call(name: string, input: Input, more: Partial<Call> = {}): Promise<Out> {
    const call = this.request(more)
    const operation = this.operation(name)
    return this.storage.unit(effectOf(operation, input), async (unit) => {
      call.events.length = 0
      const env = this.service.env(unit, call)
      await operation.target(input, env, call)
      return operation.run(input, env, call)
    })
  }

  /** The same with permission: what the caller may not do is AccessDeniedException, with the action and the ARN as its text. */
  ask(name: string, input: Input, caller: Caller, more: Partial<Call> = {}): Promise<Out> {
    const call = this.request({ ...more, caller })
    const operation = this.operation(name)
    return this.storage.unit(effectOf(operation, input), async (unit) => {
      const env = this.service.env(unit, call)
      const targets = await operation.target(input, env, call)
      for (const target of Array.isArray(targets) ? (targets as Target[]) : [targets as Target]) {
        const action = target.action ?? `ssm:${name}`
        const decision = decide(call, 'ssm', action, target, target.rule ?? 'plain')
        if (!decision.allowed) throw new ApiError('AccessDeniedException', `${action} on ${target.resource}`)
      }
      return operation.run(input, env, call)
    })
  }

  /** The targets of a call, always as a list. */
  async targets(name: string, input: Input, more: Partial<Call> = {}): Promise<readonly Target[]> {
    const call = this.request(more)
    const operation = this.operation(name)
    const target = await this.storage.unit(effectOf(operation, input), (unit) =>
      operation.target(input, this.service.env(unit, call), call),
    )
    return Array.isArray(target) ? target : [target as Target]
  }

  /** Asserts the refusal, code and text; also that the operation declares the code. */
  async refused(name: string, input: Input, code: string, text?: string | RegExp, more?: Partial<Call>): Promise<void> {
    await assert.rejects(this.call(name, input, more), (error) => {
      assert.ok(error instanceof ApiError, String(error))
      assert.equal(error.code, code)
      if (typeof text === 'string') assert.equal(error.message, text)
      if (text instanceof RegExp) assert.match(error.message, text)
      const undeclared = ['ValidationException', 'AccessDeniedException']
      assert.ok(undeclared.includes(code) || this.operation(name).errors.includes(code), `${name} declares ${code}`)
      return true
    })
  }

  /** Puts a String (or what `more` says) and answers its version. */
  async put(name: string, value = `value of ${name}`, more: Input = {}): Promise<number> {
    return (await this.call('PutParameter', { Name: name, Value: value, Type: 'String', ...more })).Version
  }

  /** Puts `count` versions of a parameter: the values `one 1`, `one 2`, … */
  async versions(name: string, count: number): Promise<void> {
    for (let n = 1; n <= count; n++) await this.put(name, `value ${n}`, { Overwrite: true })
  }

  /** All pages of a listing, each as what it answers. */
  async pages(name: string, input: Input, more: Partial<Call> = {}): Promise<Out[]> {
    const pages: Out[] = []
    for (let NextToken: string | undefined; ; ) {
      const page = await this.call(name, { ...input, ...(NextToken && { NextToken }) }, more)
      pages.push(page)
      assert.ok(pages.length < 1000, 'the pages do not end')
      if (!('NextToken' in page)) return pages
      NextToken = page.NextToken
      assert.ok(NextToken, 'a token is never empty (trap 24)')
    }
  }

  operation(name: string): AnyOperation {
    const operation = this.service.operations[name]
    assert.ok(operation, `no operation ${name}`)
    return operation
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage.close()
  }
}

function effectOf(operation: AnyOperation, input: Input): 'read' | 'write' {
  return operation.effectOf?.(input) ?? operation.effect
}

export const MIGRATIONS: readonly Migration[] = [
  ...sealingMigrations,
  ...jobMigrations,
  ...eventMigrations,
  ...migrations,
  ...meteringMigrations,
]

/** What a trial's store is opened with. */
export interface Opening {
  readonly migrations: readonly Migration[]
  readonly clock: SettableClock
}

const inMemory = (opening: Opening): Promise<Storage> => openSqlite({ file: ':memory:', ...opening })

/** A fresh, empty Parameter Store; its store is in memory unless `open` opens another. */
export async function trial(more: Partial<Parts> = {}, open = inMemory): Promise<Trial> {
  const clock = new SettableClock(START)
  const storage = faulty(await open({ migrations: MIGRATIONS, clock }))
  const vault = await openVault({ storage, seal: memorySeal(), random: systemRandom })
  return new Trial({ storage, vault, keys: new FakeKeys(), people: new FakePeople(), clock }, more)
}

/** Another process on the store of a trial, or on another connection to it: what the first has in memory is not here. */
export function beside(one: Trial, storage = one.storage, more: Partial<Parts> = {}): Trial {
  const { vault, keys, people, clock, recorded } = one
  return new Trial({ storage, vault, keys, people, clock }, more, recorded)
}
