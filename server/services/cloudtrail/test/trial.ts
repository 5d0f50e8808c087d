import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import type { StoredRecord } from '#kernel/audit/reader'
import { compileTrust } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { AnyOperation, Target } from '#kernel/operation'
import { systemRandom } from '#kernel/random'
import { vaultOf } from '#kernel/sealing/keyring'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import type { AssumableRole, Identities } from '../../iam/port.ts'
import type { Keys } from '../../kms/port.ts'
import type { Lookup } from '../lookup.ts'
import type { Status, Trail } from '../model/trail.ts'
import type { Delivery, PublicKey } from '../operation.ts'
import { migrations } from '../schema.ts'
import { type CloudTrail, cloudtrail } from '../service.ts'

export const ACCOUNT = '111122223333'
export const REGION = 'us-east-1'
/** 15 March 2026, 10:30 UTC. */
export const START = Date.UTC(2026, 2, 15, 10, 30)
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/logs`
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/`

type Input = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/** What KMS says of a key. */
const STATES: Readonly<Record<string, string>> = {
  disabled: 'DisabledException',
  closed: 'AccessDeniedException',
}

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

/** CloudTrail on a store, with deliveries, keys, roles and records of the test. `call` runs an operation without parsing and permission. */
export class Trial implements AsyncDisposable {
  readonly storage: Storage
  readonly service: CloudTrail
  readonly clock = new SettableClock(START)
  readonly buckets = new Map<string, 'missing' | 'refused'>()
  readonly publicKeys: PublicKey[] = []
  /** What delivery was told. */
  readonly told: [string, Trail][] = []
  /** Pages that the index answers with, in turn, and what it was asked. */
  readonly pages: { readonly records: readonly StoredRecord[]; readonly next?: unknown }[] = []
  readonly asked: Lookup[] = []

  constructor(storage: Storage) {
    this.storage = storage
    const vault = vaultOf(new Map([[1, createSecretKey(Buffer.alloc(32, 7))]]), systemRandom)
    const delivery: Delivery = {
      bucket: async (_unit, _call, bucket) => this.buckets.get(bucket) ?? 'there',
      keys: async (_unit, _account, _region, from, to) =>
        this.publicKeys.filter((key) => key.from <= to && key.to >= from),
      changed: async (_unit, trail, what) => {
        this.told.push([what, trail])
      },
    }
    const role: AssumableRole = {
      account: ACCOUNT,
      id: 'AROAEXAMPLE',
      name: 'logs',
      arn: ROLE,
      tags: new Map(),
      trust: compileTrust(TRUST),
      maxSession: 3600,
    }
    const keys: Pick<Keys, 'resolve' | 'generateDataKey'> = {
      resolve: async (id) => (id.includes('gone') ? undefined : id.startsWith('arn:') ? id : `${KEY}${id}`),
      generateDataKey: async (id = '') => {
        const code = STATES[id.slice(KEY.length)]
        if (code !== undefined) throw new ApiError(code)
        return { plaintext: Buffer.alloc(32, 1), blob: Buffer.alloc(0), keyArn: id }
      },
    }
    this.service = cloudtrail({
      vault,
      identities: () => ({ role: async (arn: string) => (arn === ROLE ? role : undefined) }) as unknown as Identities,
      keysFor: () => keys as Keys,
      lookUp: async (asked) => {
        this.asked.push(asked)
        return this.pages.shift() ?? { records: [] }
      },
      delivery,
      regions: [REGION, 'eu-west-1'],
    })
  }

  request(more: Partial<Call> = {}): Call {
    const arn = `arn:aws:iam::${ACCOUNT}:root`
    return {
      requestId: '',
      caller: {
        ...{ kind: 'root', account: ACCOUNT, arn, principalArn: arn, userId: ACCOUNT, accessKeyId: '' },
        tags: new Map(),
        policies: [],
      },
      ...{ account: ACCOUNT, region: REGION, now: this.clock.now(), sourceIp: '127.0.0.1', userAgent: 'test' },
      secure: true,
      events: [],
      ...more,
    }
  }

  async call(name: string, input: Input, more: Partial<Call> = {}): Promise<Out> {
    const call = this.request(more)
    const operation = this.#operation(name)
    const { env, out } = await this.storage.unit(operation.effect, async (unit) => {
      const env = this.service.env(unit, call)
      await operation.target(input, env, call)
      return { env, out: await operation.run(input, env, call) }
    })
    return operation.after === undefined ? out : operation.after(out, input, env, call)
  }

  /** A trail of that name, with what is said besides. */
  make(name: string, more: Input = {}, where: Partial<Call> = {}): Promise<Out> {
    return this.call('CreateTrail', { Name: name, S3BucketName: 'the-bucket', ...more }, where)
  }

  /** What permission is asked for: action (without an own one, the operation's) and resource. */
  async targets(name: string, input: Input): Promise<string[]> {
    const call = this.request()
    const operation = this.#operation(name)
    const found = await this.storage.unit(operation.effect, (unit) =>
      operation.target(input, this.service.env(unit, call), call),
    )
    const all = Array.isArray(found) ? (found as Target[]) : [found as Target]
    return all.map(({ action = `cloudtrail:${name}`, resource }) => `${action} ${resource}`)
  }

  async refused(name: string, input: Input, code: string, text: string | RegExp, more?: Partial<Call>): Promise<void> {
    await assert.rejects(
      async () => this.call(name, input, more),
      (error) => {
        assert.ok(error instanceof ApiError, String(error))
        assert.equal(error.code, code)
        if (typeof text === 'string') assert.equal(error.message, text)
        else assert.match(error.message, text)
        return true
      },
    )
  }

  /** Notes how deliveries went, as those who deliver do. */
  status(name: string, told: Partial<Status>): Promise<void> {
    return this.storage.unit('write', (unit) =>
      this.service.trails(unit).saveStatus({ account: ACCOUNT, region: REGION, name }, told),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage.close()
  }

  #operation(name: string): AnyOperation {
    const operation = this.service.operations[name]
    assert.ok(operation, name)
    return operation
  }
}

export async function trial(): Promise<Trial> {
  return new Trial(await openSqlite({ file: ':memory:', migrations, clock: new SettableClock(START) }))
}

export const arnOf = (name: string, region = REGION) => `arn:aws:cloudtrail:${region}:${ACCOUNT}:trail/${name}`

/** The refusal of a trail that is not there. Source: reported with aws-cli and SDKs. */
export const unknown = (name: string, region = REGION) =>
  `Unknown trail: ${arnOf(name, region)} for the user: ${ACCOUNT}`
