import assert from 'node:assert/strict'
import { decide } from '#kernel/authorization/authorize'
import { compile, compileTrust } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import { Input } from '#kernel/input'
import { jobMigrations } from '#kernel/jobs/schema'
import type { AnyOperation, Target } from '#kernel/operation'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import { memorySeal } from '#kernel/sealing/seal'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import type { AssumableRole, Identities } from '../../iam/port.ts'
import { FakePeople } from '../../kms/test/people.ts'
import type { BusEvent, Engine } from '../engine.ts'
import { type BusPlace, busArn } from '../model/names.ts'
import type { Rule } from '../model/rule.ts'
import type { Limits } from '../operation.ts'
import { migrations } from '../schema.ts'
import { type EventBridge, events } from '../service.ts'

export const ACCOUNT = '111122223333'
export const OTHER = '444455556666'
export const REGION = 'us-east-1'
export const START = Date.UTC(2026, 0, 2, 3, 4, 5)
export const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/bridge`
export const EventPattern = '{"source": ["my.app"]}'
export const ruleArn = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`
export const defaultBus = busArn({ account: ACCOUNT, region: REGION, name: 'default' })

/** Remembers what it was told. */
export class FakeEngine implements Engine {
  readonly events: { readonly bus: BusPlace; readonly event: BusEvent }[] = []
  readonly told: string[] = []

  async put(_unit: unknown, bus: BusPlace, events: readonly BusEvent[]): Promise<void> {
    for (const event of events) this.events.push({ bus, event })
  }

  async scheduled(_unit: unknown, { name, schedule, state }: Rule, now: number, gone?: 'gone'): Promise<void> {
    this.told.push([name, schedule ?? 'none', gone ?? state, now - START].join(' '))
  }
}

export function root(account = ACCOUNT): Caller {
  const arn = `arn:aws:iam::${account}:root`
  const none = { tags: new Map<string, string>(), policies: [] }
  return { kind: 'root', account, arn, principalArn: arn, userId: account, accessKeyId: 'AKIAROOT', ...none }
}

/** A user with these statements. */
export function user(name: string, ...Statement: object[]): Caller {
  const arn = `arn:aws:iam::${ACCOUNT}:user/${name}`
  const policies = [compile(JSON.stringify({ Version: '2012-10-17', Statement }))]
  const ids = { userId: `AIDA${name}`, userName: name, accessKeyId: 'AKIAUSER' }
  return { kind: 'user', account: ACCOUNT, arn, principalArn: arn, ...ids, tags: new Map(), policies }
}

export const allow = (Action: string, Resource = '*', Condition: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
})

function roleOf(name: string, service: string): AssumableRole {
  const Statement = [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }]
  const trust = compileTrust(JSON.stringify({ Version: '2012-10-17', Statement }))
  const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`
  return { account: ACCOUNT, id: `AROA${name}`, name, arn, tags: new Map(), trust, maxSession: 3600 }
}

type Given = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/** EventBridge on a store of its own: operations are called as the kernel does, without HTTP and audit. */
export class Trial implements AsyncDisposable {
  readonly storage: Storage
  readonly bridge: EventBridge
  readonly engine: FakeEngine
  readonly clock: SettableClock
  readonly problems: readonly string[]

  constructor(parts: Pick<Trial, 'storage' | 'bridge' | 'engine' | 'clock' | 'problems'>) {
    this.storage = parts.storage
    this.bridge = parts.bridge
    this.engine = parts.engine
    this.clock = parts.clock
    this.problems = parts.problems
  }

  /** Calls an operation: constraints, permission, the unit. */
  async call(name: string, input: Given = {}, more: Partial<Call> = {}): Promise<Out> {
    const { service } = this.bridge
    const operation = service.operations[name] as AnyOperation
    const violations = new Input(operation.input).violations(input)
    if (violations !== undefined) throw new ApiError('ValidationException', JSON.stringify(violations))
    const caller = more.caller ?? root()
    const call: Call = {
      requestId: systemRandom.uuid(),
      caller,
      account: caller.account,
      region: REGION,
      now: this.clock.now(),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      secure: false,
      events: [],
      ...more,
    }
    return this.storage.unit(operation.effect, async (unit) => {
      const env = service.env(unit, call)
      authorize(call, name, await operation.target(input, env, call))
      return operation.run(input, env, call)
    })
  }

  async refused(name: string, input: Given, code: string, text?: string | RegExp, more: Partial<Call> = {}) {
    await assert.rejects(this.call(name, input, more), (error) => {
      assert.ok(error instanceof ApiError, String(error))
      assert.equal(error.code, code, error.message)
      if (text instanceof RegExp) assert.match(error.message, text)
      else if (text !== undefined) assert.equal(error.message, text)
      return true
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage.close()
  }
}

function authorize(call: Call, name: string, targets: Target | readonly Target[]): void {
  for (const target of [targets].flat() as Target[]) {
    const action = target.action ?? `events:${name}`
    const { allowed } = decide(call, 'events', action, target)
    if (!allowed) throw new ApiError('AccessDeniedException', `${action} on ${target.shown}`)
  }
}

/** @param limits other than AWS's */
export async function trial(limits: Partial<Limits> = {}): Promise<Trial> {
  const clock = new SettableClock(START, false)
  const all = [...sealingMigrations, ...jobMigrations, ...migrations]
  const storage = await openSqlite({ file: ':memory:', migrations: all, clock })
  const vault = await openVault({ storage, seal: memorySeal(), random: systemRandom, tables: [] })
  const { principals } = new FakePeople().identities()
  const roles = [roleOf('bridge', 'events.amazonaws.com'), roleOf('closed', 'ec2.amazonaws.com')]
  const role = async (arn: string) => roles.find((one) => one.arn === arn)
  const identities = () => ({ principals, role }) as unknown as Identities
  const engine = new FakeEngine()
  const problems: string[] = []
  const onProblem = (text: string) => void problems.push(text)
  const bridge = events({ vault, random: systemRandom, identities, engine, limits, onProblem })
  return new Trial({ storage, bridge, engine, clock, problems })
}
