import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import type { Call } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import type { AnyOperation, Target } from '#kernel/operation'
import { systemRandom } from '#kernel/random'
import { vaultOf } from '#kernel/sealing/keyring'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import type { Database, Kind } from '../model/database.ts'
import type { Registration } from '../model/registration.ts'
import type { Env } from '../operation.ts'
import { register } from '../register.ts'
import { migrations } from '../schema.ts'
import { type Rds, rds } from '../service.ts'
import { FakeSecrets } from './secrets.ts'

export const ACCOUNT = '111122223333'
export const REGION = 'us-east-1'
/** 15 March 2026, 10:30 UTC. */
export const START = Date.UTC(2026, 2, 15, 10, 30)

type Input = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/** RDS on a store, with managed secrets of the test. `call` runs an operation as the kernel does, without parsing and permission. */
export class Trial implements AsyncDisposable {
  readonly storage: Storage
  readonly rds: Rds
  readonly secrets = new FakeSecrets()
  readonly clock = new SettableClock(START)

  constructor(storage: Storage) {
    this.storage = storage
    const vault = vaultOf(new Map([[1, createSecretKey(Buffer.alloc(32, 7))]]), systemRandom)
    this.rds = rds({ vault, random: systemRandom, jobs, managed: () => this.secrets })
  }

  request(more: Partial<Call> = {}): Call {
    const arn = `arn:aws:iam::${ACCOUNT}:root`
    return {
      requestId: '',
      caller: {
        kind: 'root',
        account: ACCOUNT,
        arn,
        principalArn: arn,
        userId: ACCOUNT,
        accessKeyId: '',
        tags: new Map(),
        policies: [],
      },
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

  /** Registers a database as an operator does. */
  register(kind: Kind, id: string, more: Partial<Registration> = {}, password?: string): Promise<Database> {
    const wanted = { account: ACCOUNT, region: REGION, kind, id, engine: 'postgres', host: `${id}.example.com` }
    const registration = { ...wanted, username: 'chief', ...more }
    return this.storage.unit('write', (unit) => {
      const env = this.rds.env(unit, this.request()) as Env
      const secret = password === undefined ? undefined : new Secret(password)
      return register({ registration, password: secret, manage: undefined }, env, this.clock.now())
    })
  }

  async call(name: string, input: Input, more: Partial<Call> = {}): Promise<Out> {
    const call = this.request(more)
    const operation = this.#operation(name)
    return this.storage.unit(operation.effect, async (unit) => {
      const env = this.rds.env(unit, call)
      await operation.target(input, env, call)
      return operation.run(input, env, call)
    })
  }

  /** What permission is asked for: action (without an own one, the operation's) and resource. */
  async targets(name: string, input: Input, more: Partial<Call> = {}): Promise<string[]> {
    const call = this.request(more)
    const operation = this.#operation(name)
    const found = await this.storage.unit(operation.effect, (unit) =>
      operation.target(input, this.rds.env(unit, call), call),
    )
    const all = Array.isArray(found) ? (found as Target[]) : [found as Target]
    return all.map(({ action = `rds:${name}`, resource }) => `${action} ${resource}`)
  }

  async refused(name: string, input: Input, code: string, text: string | RegExp): Promise<void> {
    await assert.rejects(this.call(name, input), (error) => {
      assert.ok(error instanceof ApiError, String(error))
      assert.equal(error.code, code)
      if (typeof text === 'string') assert.equal(error.message, text)
      else assert.match(error.message, text)
      return true
    })
  }

  /** One database as it is stored. */
  find(kind: Kind, id: string): Promise<Database | undefined> {
    return this.storage.unit('read', (unit) =>
      this.rds.databases(unit).find({ account: ACCOUNT, region: REGION, kind, id }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage.close()
  }

  #operation(name: string): AnyOperation {
    const operation = this.rds.service.operations[name]
    assert.ok(operation, name)
    return operation
  }
}

/** What a trial's store is opened with. */
export const MIGRATIONS = [...jobMigrations, ...migrations]

export async function trial(): Promise<Trial> {
  return new Trial(await openSqlite({ file: ':memory:', migrations: MIGRATIONS, clock: new SettableClock(START) }))
}
