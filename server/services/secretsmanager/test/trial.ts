import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import type { AuditEvent } from '#kernel/audit/event'
import { decide } from '#kernel/authorization/authorize'
import type { Call, Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { ServiceEvent } from '#kernel/events/event'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import type { AnyOperation, Target } from '#kernel/operation'
import { type Random, systemRandom } from '#kernel/random'
import type { Migration } from '#kernel/storage/migration'
import { faulty, type FaultyStorage } from '#kernel/storage/faulty'
import { meteringMigrations } from '#kernel/metering/schema'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import type { EngineParts } from '../engine.ts'
import { Accessed } from '../accessed.ts'
import type { Keeping } from '../history/forgetting.ts'
import type { Limits } from '../operation.ts'
import { Policies } from '../policies.ts'
import { migrations } from '../schema.ts'
import { type SecretsManager, secretsManager } from '../service.ts'
import { Secrets } from '../store.ts'
import { FakeKeys } from './keys.ts'
import { FakeFunctions } from './functions.ts'
import { FakePeople } from './people.ts'

export const NOT_FOUND = "Secrets Manager can't find the specified secret."
export const MARKED = "You can't perform this operation on the secret because it was marked for deletion."
export const INVALID_NAME =
  'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!'
export const NO_TOKEN = 'You must provide a ClientRequestToken value. We recommend a UUID-type value.'

/** 15 March 2026, 10:30 UTC. */
export const START = Date.UTC(2026, 2, 15, 10, 30)
export const DAY = 86_400_000
export const ACCOUNT = '111122223333'
export const REGION = 'us-east-1'

/** What the vault gives. */
export const KEYS = {
  pageKey: createSecretKey(Buffer.alloc(32, 7)),
  rowKey: createSecretKey(Buffer.alloc(32, 8)),
}

/** Chance that is the same in every run. */
export function countingRandom(): Random {
  let state = 1
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state >>> 8
  }
  return {
    bytes: (size) => Buffer.from(Array.from({ length: size }, () => next() & 255)),
    below: (end) => next() % end,
    uuid: () => `00000000-0000-4000-8000-${String(next()).padStart(12, '0')}`,
  }
}

/** A token of the length that AWS asks for: `token('a')` is `a` and dashes. */
export function token(name: string): string {
  return name.padEnd(36, '-')
}

type Input = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/**
 * Secrets Manager on a store in memory with a KMS of the test and a clock that stands. `call` runs an operation as the
 * kernel does, target first and in one unit, without parsing, permission and audit.
 */
export class Trial implements AsyncDisposable {
  /** Fails when it is told to. */
  readonly storage: FaultyStorage
  readonly service: SecretsManager
  readonly keys: FakeKeys
  readonly people: FakePeople
  /** Rotation functions. */
  readonly functions: FakeFunctions
  readonly clock: SettableClock
  /** Service events that were left in the trail. */
  readonly events: AuditEvent[]
  /** What was announced to EventBridge. */
  announced: ServiceEvent[] = []
  readonly caller: Caller
  /** Jobs may fail: they are tried again. */
  tolerant = false
  readonly #runner: JobRunner

  constructor(
    storage: FaultyStorage,
    service: SecretsManager,
    keys: FakeKeys,
    people: FakePeople,
    clock: SettableClock,
    functions = new FakeFunctions(),
    events: AuditEvent[] = [],
  ) {
    this.events = events
    this.storage = storage
    this.service = service
    this.keys = keys
    this.people = people
    this.functions = functions
    this.clock = clock
    const fail = (problem: unknown) => {
      if (!this.tolerant) assert.fail(JSON.stringify(problem))
    }
    this.#runner = new JobRunner({ storage, handlers: service.handlers, clock, onFailure: fail, onProblem: fail })
    const arn = `arn:aws:iam::${ACCOUNT}:root`
    this.caller = {
      kind: 'root',
      account: ACCOUNT,
      arn,
      principalArn: arn,
      userId: ACCOUNT,
      accessKeyId: 'AKIDTEST',
      tags: new Map(),
      policies: [],
    }
  }

  request(more: Partial<Call> = {}): Call {
    return {
      requestId: '11111111-1111-4111-8111-111111111111',
      caller: this.caller,
      account: ACCOUNT,
      region: REGION,
      now: this.clock.now(),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      secure: true,
      events: [],
      ...more,
    }
  }

  /** Runs an operation and answers what it answers. */
  call(name: string, input: Input, more: Partial<Call> = {}): Promise<Out> {
    const call = this.request(more)
    const operation = this.#operation(name)
    return this.storage.unit(operation.effect, async (unit) => {
      call.events.length = 0
      const env = this.service.env(unit, call)
      await operation.target(input, env, call)
      const out = await operation.run(input, env, call)
      unit.afterCommit(() => this.events.push(...call.events))
      return out
    })
  }

  /** The same with permission: what the caller may not do is refused as on the wire. */
  ask(name: string, input: Input, caller: Caller, more: Partial<Call> = {}): Promise<Out> {
    const call = this.request({ caller, account: caller.account, ...more })
    const operation = this.#operation(name)
    return this.storage.unit(operation.effect, async (unit) => {
      const env = this.service.env(unit, call)
      const targets = await operation.target(input, env, call)
      for (const target of Array.isArray(targets) ? (targets as Target[]) : [targets as Target]) {
        const action = target.action ?? `secretsmanager:${name}`
        const decision = decide(call, 'secretsmanager', action, target)
        if (!decision.allowed) throw this.service.denied?.(decision, call, action, target)
      }
      return operation.run(input, env, call)
    })
  }

  /** The targets of a call, always as a list. */
  async targets(name: string, input: Input, more: Partial<Call> = {}): Promise<readonly Target[]> {
    const call = this.request(more)
    const operation = this.#operation(name)
    const target = await this.storage.unit(operation.effect, (unit) =>
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
      assert.ok(undeclared.includes(code) || this.#operation(name).errors.includes(code), `${name} declares ${code}`)
      return true
    })
  }

  /** A secret with one version `v1` of value `one`; answers its ARN. */
  async made(name = 'app/db', more: Input = {}): Promise<string> {
    const input = { Name: name, SecretString: 'one', ClientRequestToken: token('v1'), ...more }
    return (await this.call('CreateSecret', input)).ARN
  }

  /** Puts a version named `v2`, `v3`, … with a value of its own. */
  put(version: string, more: Input = {}, secret = 'app/db'): Promise<Out> {
    const input = { SecretId: secret, ClientRequestToken: token(version), SecretString: `value of ${version}`, ...more }
    return this.call('PutSecretValue', input)
  }

  /** Registers an empty version with AWSPENDING, as a rotation does before its function runs. */
  async placeholder(version: string, name = 'app/db'): Promise<void> {
    await this.storage.unit('write', async (unit) => {
      const secrets = new Secrets(unit, { account: ACCOUNT, region: REGION }, new Accessed(), new Policies(KEYS.rowKey))
      const secret = await secrets.findByName(name)
      assert.ok(secret)
      const empty = { keyArn: '', defaultKey: false, sealed: new Uint8Array(), dataKey: new Uint8Array() }
      const createdAt = this.clock.now()
      await secrets.insertVersion(secret, { id: token(version), kind: 'empty', createdAt, accessedDay: 0, ...empty })
      const before = await secrets.stages(secret)
      await secrets.saveStages(secret, before, new Map([...before, ['AWSPENDING', token(version)]]), createdAt)
    })
  }

  /** The labels of a secret: `{ v1: 'AWSPREVIOUS', v2: 'AWSCURRENT MINE' }`. */
  async labels(secret = 'app/db'): Promise<Record<string, string>> {
    const { VersionIdsToStages = {} } = await this.call('DescribeSecret', { SecretId: secret })
    const short: Record<string, string> = {}
    for (const [id, stages] of Object.entries(VersionIdsToStages as Record<string, string[]>)) {
      short[id.replace(/-+$/, '')] = [...stages].sort().join(' ')
    }
    return short
  }

  /** Lets time pass; jobs run at their own times, functions of rotations end in between. */
  async advance(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    for (;;) {
      await this.service.idle()
      const at = await this.#earliest()
      if (at === undefined || at > end) break
      await this.#runner.travel(this.clock, Math.max(at, this.clock.now()))
    }
    await this.#runner.travel(this.clock, end)
  }

  /** Does what is due now, until nothing is. */
  async pulse(): Promise<void> {
    for (let done = 1; done > 0; ) {
      done = await this.#runner.runDue(this.clock.now())
      await this.service.idle()
    }
  }

  /** As `advance`, without waiting for functions. */
  async travel(ms: number): Promise<void> {
    await this.#runner.travel(this.clock, this.clock.now() + ms)
  }

  async #earliest(): Promise<number | undefined> {
    const row = await this.storage.unit('read', (unit) =>
      unit.get<{ at: number | null }>({ name: 'trial/earliest', sql: 'select min(next_at) as at from job' }, {}),
    )
    return row?.at ?? undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage.close()
  }

  #operation(name: string): AnyOperation {
    const operation = this.service.operations[name]
    assert.ok(operation, `no operation ${name}`)
    return operation
  }
}

export const MIGRATIONS: readonly Migration[] = [...jobMigrations, ...meteringMigrations, ...migrations]

/** What a trial's store is opened with. */
export interface Opening {
  readonly migrations: readonly Migration[]
  readonly clock: SettableClock
}

const inMemory = (opening: Opening): Promise<Storage> => openSqlite({ file: ':memory:', ...opening })

/** A fresh, empty Secrets Manager; its store is in memory unless `open` opens another. */
export async function trial(
  limits?: Partial<Limits>,
  open = inMemory,
  rotation: Partial<EngineParts> = {},
  history?: Keeping,
): Promise<Trial> {
  const clock = new SettableClock(START)
  const storage = await open({ migrations: MIGRATIONS, clock })
  const shared = {
    keys: new FakeKeys(),
    people: new FakePeople(),
    functions: new FakeFunctions(),
    clock,
    events: [] as AuditEvent[],
  }
  return node(faulty(storage), shared, countingRandom(), limits, rotation, history)
}

/** Another process on the store of a trial, or on one that is opened for it: what was in the memory of the first is not here. */
export function beside(
  { storage, keys, people, functions, clock, events }: Trial,
  rotation: Partial<EngineParts> = {},
  own = storage,
  limits?: Partial<Limits>,
  history?: Keeping,
): Trial {
  return node(own, { keys, people, functions, clock, events }, systemRandom, limits, rotation, history)
}

type Shared = Pick<Trial, 'keys' | 'people' | 'functions' | 'clock' | 'events'>

function node(
  storage: FaultyStorage,
  { keys, people, functions, clock, events }: Shared,
  random: Random,
  limits: Partial<Limits> | undefined,
  rotation: Partial<EngineParts>,
  history?: Keeping,
): Trial {
  const announced: ServiceEvent[] = []
  const service = secretsManager({
    events: { emit: async (unit, event) => unit.afterCommit(() => announced.push(event)) },
    keysFor: keys.keysFor,
    identities: people.identities,
    functionsFor: functions.functionsFor,
    random,
    jobs,
    storage,
    rotation: {
      storage,
      clock,
      invoke: functions.invoke,
      record: async (unit, told) => unit.afterCommit(() => events.push(...told)),
      onProblem: (problem) => assert.fail(String(problem)),
      ...rotation,
    },
    ...KEYS,
    ...(limits && { limits }),
    ...(history && { history }),
  })
  const made = new Trial(storage, service, keys, people, clock, functions, events)
  made.announced = announced
  return made
}
