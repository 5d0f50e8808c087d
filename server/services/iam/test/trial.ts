import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { decide, refusal } from '#kernel/authorization/authorize'
import type { Call, Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import { Input, sentence } from '#kernel/input'
import type { AnyOperation, Target } from '#kernel/operation'
import { decodeQuery, encodeXml, parseForm } from '#kernel/protocol/query'
import type { Random } from '#kernel/random'
import { vaultOf } from '#kernel/sealing/keyring'
import type { Migration } from '#kernel/storage/migration'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage, Unit } from '#kernel/storage/storage'
import { type Bootstrapped, bootstrap } from '../accounts.ts'
import { awsLimits, type Limits } from '../operation.ts'
import { migrations } from '../schema.ts'
import { type Iam, iam } from '../service.ts'

export const START = Date.UTC(2026, 2, 15, 10, 30)
export const ACCOUNT = '111122223333'

/** Chance that is the same in every run. */
export function countingRandom(): Random {
  let state = 7
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

/** A policy document of one statement. */
export function document(Action: unknown = 'secretsmanager:*', Resource: unknown = '*', more = {}): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource, ...more } })
}

/** A trust policy for an AWS principal: an account, an ARN or several. */
export function trust(AWS: unknown, more = {}): string {
  const Statement = { Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', ...more }
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

type Members = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/**
 * IAM on a store in memory, with the account 111122223333 and its root. Calls go the kernel's way: constraints, target,
 * permission, run, in one unit; only signature and audit are left out.
 */
export class Trial implements AsyncDisposable {
  readonly storage: Storage
  readonly iam: Iam
  readonly clock: SettableClock
  readonly root: Bootstrapped
  /** Who calls, when nobody else is named. */
  caller: Caller
  readonly random: Random
  readonly vault: ReturnType<typeof vaultOf>

  constructor(parts: Pick<Trial, 'storage' | 'iam' | 'clock' | 'root' | 'caller' | 'random' | 'vault'>) {
    this.storage = parts.storage
    this.iam = parts.iam
    this.clock = parts.clock
    this.root = parts.root
    this.caller = parts.caller
    this.random = parts.random
    this.vault = parts.vault
  }

  /** Runs an operation and answers what it answers. */
  call(name: string, members: Members = {}, caller = this.caller): Promise<Out> {
    const { service } = this.iam
    const operation = this.#operation(name)
    const violations = new Input(operation.input).violations(members)
    if (violations !== undefined) {
      return Promise.reject(new ApiError(service.wording.validation, sentence(violations, true)))
    }
    return this.#perform(name, operation, members, this.request(caller))
  }

  async #perform(name: string, operation: AnyOperation, members: Members, call: Call): Promise<Out> {
    const { service } = this.iam
    const permitted = async (unit: Unit) => {
      const env = service.env(unit, call)
      const found = await operation.target(members, env, call)
      for (const target of Array.isArray(found) ? (found as readonly Target[]) : [found as Target]) {
        const action = target.action ?? `iam:${name}`
        const decision = decide(call, 'iam', action, target)
        if (!decision.allowed) throw new ApiError('AccessDenied', refusal(decision, call, action, target), 403)
      }
      return env
    }
    if (operation.ahead !== undefined) {
      const work = await this.storage.unit('read', async (unit) =>
        operation.ahead?.(members, await permitted(unit), call),
      )
      await work?.()
    }
    return this.storage.unit(operation.effect, async (unit) => operation.run(members, await permitted(unit), call))
  }

  /** The same from a form to XML. */
  async wire(form: string): Promise<string> {
    const parameters = parseForm(form)
    assert.ok(parameters)
    const name = parameters.get('Action') as string
    const out = await this.call(name, decodeQuery(new Input(this.#operation(name).input), parameters))
    return out === undefined ? '' : encodeXml(out)
  }

  /** Asserts the refusal, code and text; also that the operation declares the code. */
  async refused(name: string, members: Members, code: string, text?: string | RegExp, caller?: Caller): Promise<void> {
    await assert.rejects(this.call(name, members, caller), (error) => {
      assert.ok(error instanceof ApiError, String(error))
      assert.equal(error.code, code)
      if (typeof text === 'string') assert.equal(error.message, text)
      if (text instanceof RegExp) assert.match(error.message, text)
      const declared = [...this.#operation(name).errors, 'ValidationErrorException', 'AccessDeniedException']
      assert.ok(declared.includes(`${code}Exception`), `${name} declares ${code}`)
      return true
    })
  }

  /** Makes a user with a key and, if given, an inline policy; answers who it is. */
  async user(name: string, policy?: string): Promise<Caller> {
    await this.call('CreateUser', { UserName: name })
    if (policy !== undefined) {
      await this.call('PutUserPolicy', { UserName: name, PolicyName: 'own', PolicyDocument: policy })
    }
    const { AccessKey } = await this.call('CreateAccessKey', { UserName: name })
    return this.callerOf(AccessKey.AccessKeyId)
  }

  async callerOf(accessKeyId: string): Promise<Caller> {
    const credential = await this.iam.callers.find(accessKeyId)
    assert.ok(credential, `nobody has ${accessKeyId}`)
    return credential.caller
  }

  request(caller = this.caller): Call {
    return {
      requestId: '11111111-1111-4111-8111-111111111111',
      caller,
      account: caller.account,
      region: 'eu-west-1',
      now: this.clock.now(),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      secure: true,
      events: [],
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage.close()
  }

  #operation(name: string): AnyOperation {
    const operation = this.iam.service.operations[name]
    assert.ok(operation, `no operation ${name}`)
    return operation
  }
}

/** What a trial's store is opened with. */
export interface Opening {
  readonly migrations: readonly Migration[]
  readonly clock: SettableClock
}

const inMemory = (opening: Opening): Promise<Storage> => openSqlite({ file: ':memory:', ...opening })

/** A fresh IAM; its store is in memory unless `open` opens another. */
export async function trial(limits?: Partial<Limits>, open = inMemory): Promise<Trial> {
  const clock = new SettableClock(START)
  const storage = await open({ migrations, clock })
  const random = countingRandom()
  const vault = vaultOf(new Map([[1, createSecretKey(Buffer.alloc(32, 7))]]), random)
  const one = iam({ storage, vault, random, limits: { ...awsLimits, ...limits } })
  const root = await bootstrap({ storage, vault, random, now: START, account: ACCOUNT })
  const credential = await one.callers.find(root.accessKeyId as string)
  assert.ok(credential)
  return new Trial({ storage, iam: one, clock, root, caller: credential.caller, random, vault })
}
