import assert from 'node:assert/strict'
import { decide } from '#kernel/authorization/authorize'
import type { Call, Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { Input, sentence } from '#kernel/input'
import type { AnyOperation, Target } from '#kernel/operation'
import { bootstrap } from '../../iam/accounts.ts'
import { type Trial as IamTrial, START, trial as iamTrial } from '../../iam/test/trial.ts'
import { type Sts, type StsParts, sts } from '../service.ts'

export const ACCOUNT = '111122223333'
export const OTHER = '444455556666'

type Members = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/** A trust policy that lets these principals assume the role; more elements of the statement as given. */
export function trust(AWS: string | readonly string[], more: object = {}): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', ...more }],
  })
}

/** An identity policy of one statement. */
export function policy(
  Action: string | readonly string[],
  Resource: string | readonly string[] = '*',
  more: object = {},
) {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, ...more }] })
}

/** STS over an IAM on a store in memory. Calls go the kernel's way; only signature and audit are left out. */
export class Trial implements AsyncDisposable {
  readonly iam: IamTrial
  readonly sts: Sts
  /** The root user of the account 444455556666. */
  readonly otherRoot: Caller

  constructor(iam: IamTrial, one: Sts, otherRoot: Caller) {
    this.iam = iam
    this.sts = one
    this.otherRoot = otherRoot
  }

  get root(): Caller {
    return this.iam.caller
  }

  /** Runs an operation of STS and answers what it answers. */
  async call(name: string, members: Members, caller: Caller, more: Partial<Call> = {}): Promise<Out> {
    const { service } = this.sts
    const operation = this.operation(name)
    const violations = new Input(operation.input).violations(members)
    if (violations !== undefined) throw new ApiError('ValidationError', sentence(violations, true))
    const excluded = service.excluded?.(caller, name)
    if (excluded !== undefined) throw excluded
    const asked: Call = { ...this.iam.request(caller), ...more }
    await operation.prepare?.(members, asked)
    return this.iam.storage.unit(operation.effect, async (unit) => {
      let call = asked
      const env = service.env(unit, call)
      const found = await operation.target(members, env, call)
      const targets = (Array.isArray(found) ? found : [found]) as readonly Target[]
      const [{ caller: named } = {} as Target] = targets
      if (named !== undefined) call = { ...call, caller: named, account: named.account }
      for (const target of targets) {
        if (operation.open === true) break
        const action = target.action ?? `sts:${name}`
        const decision = decide(call, 'sts', action, target, target.rule ?? 'plain')
        if (decision.allowed || (target.unlessDenied === true && !decision.explicit)) continue
        throw service.denied?.(decision, call, action, target) ?? new Error('no words')
      }
      return operation.run(members, env, call)
    })
  }

  /** Asserts the refusal, code and text; also that the operation declares the code. */
  async refused(name: string, members: Members, caller: Caller, code: string, text?: string | RegExp): Promise<void> {
    await assert.rejects(this.call(name, members, caller), (error) => {
      assert.ok(error instanceof ApiError, String(error))
      assert.deepEqual(
        [error.code, typeof text === 'string' ? error.message : undefined],
        [code, typeof text === 'string' ? text : undefined],
      )
      if (text instanceof RegExp) assert.match(error.message, text)
      assert.equal(error.status, code === 'AccessDenied' ? 403 : 400)
      const common = ['ValidationError', 'AccessDenied', 'InvalidParameterValue']
      const declared = [...this.operation(name).errors, ...common]
      assert.ok(declared.includes(code) || declared.includes(`${code}Exception`), `${name} declares ${code}`)
      return true
    })
  }

  /** Who temporary credentials make a caller. */
  async callerOf({ Credentials }: Out): Promise<Caller> {
    const found = await this.sts.sessions.find(Credentials.AccessKeyId, Credentials.SessionToken)
    assert.ok(found, 'the session is not found')
    return found.caller
  }

  /** A session of a role, for whoever may assume it. */
  async assume(RoleArn: string, caller: Caller, more: Members = {}): Promise<Caller> {
    return this.callerOf(await this.call('AssumeRole', { RoleArn, RoleSessionName: 's1', ...more }, caller))
  }

  /** Makes a role; answers its ARN. */
  async role(
    RoleName: string,
    AssumeRolePolicyDocument: string,
    more: Members = {},
    root = this.root,
  ): Promise<string> {
    const { Policy, ...members } = more
    const { Role } = await this.iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument, ...members }, root)
    if (Policy !== undefined) {
      await this.iam.call('PutRolePolicy', { RoleName, PolicyName: 'own', PolicyDocument: Policy }, root)
    }
    return Role.Arn
  }

  /** Makes a user, here or in the other account. */
  async user(name: string, document?: string, root = this.root): Promise<Caller> {
    await this.iam.call('CreateUser', { UserName: name }, root)
    if (document !== undefined) {
      await this.iam.call('PutUserPolicy', { UserName: name, PolicyName: 'own', PolicyDocument: document }, root)
    }
    const { AccessKey } = await this.iam.call('CreateAccessKey', { UserName: name }, root)
    return this.iam.callerOf(AccessKey.AccessKeyId)
  }

  /** The same caller as IAM knows it now. */
  fresh({ accessKeyId }: Caller): Promise<Caller> {
    return this.iam.callerOf(accessKeyId)
  }

  operation(name: string): AnyOperation {
    const operation = this.sts.service.operations[name]
    assert.ok(operation, `no operation ${name}`)
    return operation
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.iam[Symbol.asyncDispose]()
  }
}

/** A fresh STS with the accounts 111122223333 and 444455556666. */
export async function trial(parts: Partial<StsParts> = {}): Promise<Trial> {
  const iam = await iamTrial()
  const { storage, vault, random } = iam
  const other = await bootstrap({ storage, vault, random, now: START, account: OTHER })
  const { identities, callers } = iam.iam
  const decodeDenial = (message: string) => (message === 'known' ? '{"allowed":false}' : undefined)
  const one = sts({ storage, vault, random, identities, principals: callers, decodeDenial, ...parts })
  return new Trial(iam, one, await iam.callerOf(other.accessKeyId as string))
}
