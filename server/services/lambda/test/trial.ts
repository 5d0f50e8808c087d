import assert from 'node:assert/strict'
import { decide } from '#kernel/authorization/authorize'
import { compile, compileTrust } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import { Input } from '#kernel/input'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import type { AnyOperation, Target } from '#kernel/operation'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { migrations as sealingMigrations } from '#kernel/sealing/schema'
import { memorySeal } from '#kernel/sealing/seal'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import { zip } from '../../../runtime/test/zip.ts'
import type { AssumableRole, Identities } from '../../iam/port.ts'
import { migrations as kmsMigrations } from '../../kms/schema.ts'
import { type Kms, kms } from '../../kms/service.ts'
import { FakePeople } from '../../kms/test/people.ts'
import type { Limits } from '../operation.ts'
import type { Invocation, Ran, Runnable, Sandboxes } from '../sandboxes.ts'
import { migrations } from '../schema.ts'
import { type Lambda, lambda } from '../service.ts'

export const ACCOUNT = '111122223333'
export const OTHER = '444455556666'
export const REGION = 'us-east-1'
export const START = Date.UTC(2026, 0, 2, 3, 4, 5)
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/runs`
export const ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:fun`
export const BUILT_IN = 'SecretsManagerRDSPostgreSQLRotationSingleUser'

/** A zip with one file; others differ by their text. */
export const code = (text = 'exports.handler = async (event) => event') => zip({ 'index.js': text })

/** Runs nothing: answers the event, or what a test says. */
export class FakeSandboxes implements Sandboxes {
  readonly runs: { readonly runnable: Runnable; readonly invocation: Invocation; readonly text: string }[] = []
  answer: (runnable: Runnable, invocation: Invocation) => Promise<Partial<Ran>> = async (_, { payload }) => ({
    payload,
  })

  async run(runnable: Runnable, invocation: Invocation): Promise<Ran> {
    const text = Buffer.from(invocation.payload).toString()
    this.runs.push({ runnable, invocation, text })
    const ran = await this.answer(runnable, invocation)
    return {
      functionError: undefined,
      payload: Buffer.from('null'),
      logTail: Buffer.from('tail'),
      hide: (text) => text,
      ...ran,
    }
  }
}

const trust = (Principal: object, more = {}) =>
  compileTrust(
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more }],
    }),
  )

function roleOf(name: string, account: string, policy: AssumableRole['trust']): AssumableRole {
  const arn = `arn:aws:iam::${account}:role/${name}`
  return { account, id: `AROA${name}`, name, arn, tags: new Map(), trust: policy, maxSession: 3600 }
}

export function root(account = ACCOUNT): Caller {
  const arn = `arn:aws:iam::${account}:root`
  const none = { tags: new Map<string, string>(), policies: [] }
  return { kind: 'root', account, arn, principalArn: arn, userId: account, accessKeyId: 'AKIAROOT', ...none }
}

/** A user with one identity policy: `[action, resource]` are allowed. */
export function user(name: string, allowed: readonly (readonly [string, string])[], account = ACCOUNT): Caller {
  const arn = `arn:aws:iam::${account}:user/${name}`
  const Statement = allowed.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource }))
  const policies = allowed.length === 0 ? [] : [compile(JSON.stringify({ Version: '2012-10-17', Statement }))]
  const ids = { userId: `AIDA${name}`, userName: name, accessKeyId: 'AKIAUSER' }
  return { kind: 'user', account, arn, principalArn: arn, ...ids, tags: new Map(), policies }
}

type Given = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/** Lambda on a store of its own with a real KMS: operations are called as the kernel does, without HTTP and audit. */
export class Trial implements AsyncDisposable {
  readonly storage: Storage
  readonly service: Lambda
  readonly keys: Kms
  readonly sandboxes: FakeSandboxes
  readonly people: FakePeople
  readonly roles: Map<string, AssumableRole>
  readonly clock: SettableClock
  readonly problems: string[]
  readonly runner: JobRunner

  constructor(
    parts: Omit<Trial, 'runner' | 'call' | 'made' | 'refused' | 'advance' | 'key' | typeof Symbol.asyncDispose>,
  ) {
    this.storage = parts.storage
    this.service = parts.service
    this.keys = parts.keys
    this.sandboxes = parts.sandboxes
    this.people = parts.people
    this.roles = parts.roles
    this.clock = parts.clock
    this.problems = parts.problems
    const fail = (problem: unknown) => assert.fail(JSON.stringify(problem))
    const { storage, clock } = this
    const handlers = this.service.handlers
    const settled = () => this.service.idle()
    this.runner = new JobRunner({ storage, clock, handlers, settled, onFailure: fail, onProblem: fail })
  }

  /** Calls an operation: constraints, permission, what comes ahead, the unit, what comes after it. */
  async call(name: string, input: Given, more: Partial<Call> = {}): Promise<Out> {
    const operation = this.service.service.operations[name] as AnyOperation
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
      host: 'strongroom.test:4566',
      events: [],
      ...more,
    }
    const { service } = this.service
    const work = await this.storage.unit('read', async (unit) => {
      const env = service.env(unit, call)
      authorize(call, name, await operation.target(input, env, call))
      return operation.ahead?.(input, env, call)
    })
    await work?.()
    const effect = operation.effectOf?.(input) ?? operation.effect
    const [out, env] = await this.storage.unit(effect, async (unit) => {
      const env = service.env(unit, call)
      await operation.target(input, env, call)
      return [await operation.run(input, env, call), env] as const
    })
    return operation.after === undefined || effect === 'write' ? out : operation.after(out, input, env, call)
  }

  /** Makes the function `fun`, or another one. */
  made(more: Given = {}, of: Partial<Call> = {}): Promise<Out> {
    const input = {
      FunctionName: 'fun',
      Role: ROLE,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: code() },
    }
    return this.call('CreateFunction', { ...input, ...more }, of)
  }

  async refused(
    name: string,
    input: Given,
    errorCode: string,
    text?: string | RegExp,
    more: Partial<Call> = {},
  ): Promise<void> {
    await assert.rejects(this.call(name, input, more), (error) => {
      assert.ok(error instanceof ApiError, String(error))
      assert.equal(error.code, errorCode, error.message)
      if (text instanceof RegExp) assert.match(error.message, text)
      else if (text !== undefined) assert.equal(error.message, text)
      return true
    })
  }

  /** A key of KMS; answers its ARN. */
  async key(): Promise<string> {
    const operation = this.keys.service.operations.CreateKey as AnyOperation
    const call = { caller: root(), account: ACCOUNT, region: REGION, now: START, events: [] } as unknown as Call
    const out = (await this.storage.unit('write', (unit) =>
      operation.run({}, this.keys.service.env(unit, call), call),
    )) as { KeyMetadata: { Arn: string } }
    return out.KeyMetadata.Arn
  }

  async advance(ms: number): Promise<void> {
    await this.runner.travel(this.clock, this.clock.now() + ms)
    await this.service.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.drain()
    await this.storage.close()
  }
}

function authorize(call: Call, name: string, targets: Target | readonly Target[]): void {
  for (const target of [targets].flat() as Target[]) {
    const action = target.action ?? `lambda:${name}`
    const { allowed } = decide(call, 'lambda', action, target)
    if (!allowed) throw new ApiError('AccessDeniedException', `${action} on ${target.shown}`, 403)
  }
}

/** @param limits other than AWS's; `postgres`: on that database instead of in memory. */
export async function trial(limits: Partial<Limits> = {}, postgres?: string): Promise<Trial> {
  const clock = new SettableClock(START, false)
  const all = [...sealingMigrations, ...jobMigrations, ...kmsMigrations, ...migrations]
  const storage =
    postgres === undefined
      ? await openSqlite({ file: ':memory:', migrations: all, clock })
      : await openPostgres({ url: postgres, migrations: all, clock, random: systemRandom })
  const vault = await openVault({ storage, seal: memorySeal(), random: systemRandom, tables: [] })
  const people = new FakePeople()
  const { principals } = people.identities()
  const roles = new Map(
    [
      roleOf('runs', ACCOUNT, trust({ Service: 'lambda.amazonaws.com' })),
      roleOf('other', ACCOUNT, trust({ Service: 'lambda.amazonaws.com' })),
      roleOf('closed', ACCOUNT, trust({ Service: 'ec2.amazonaws.com' })),
      roleOf('foreign', OTHER, trust({ Service: 'lambda.amazonaws.com' })),
    ].map((role) => [role.arn, role]),
  )
  const identities = () => ({ principals, role: async (arn: string) => roles.get(arn) }) as unknown as Identities
  const keys = kms({ vault, random: systemRandom, jobs, decide, identities: people.identities })
  const sandboxes = new FakeSandboxes()
  const problems: string[] = []
  const service = lambda({
    storage,
    clock,
    vault,
    random: systemRandom,
    jobs,
    identities,
    keysFor: keys.keysFor,
    sandboxes,
    actAs: () => async (arn, session) => {
      const role = roles.get(arn)
      if (role === undefined) return undefined
      const { account, name, id } = role
      const names = { arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`, principalArn: arn }
      const policies = [
        compile('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}'),
      ]
      return { kind: 'role', account, ...names, userId: `${id}:${session}`, accessKeyId: '', tags: new Map(), policies }
    },
    builtIn: { names: [BUILT_IN], has: (name) => name === BUILT_IN },
    onProblem: (text) => void problems.push(text),
    limits,
  })
  return new Trial({ storage, service, keys, sandboxes, people, roles, clock, problems })
}
