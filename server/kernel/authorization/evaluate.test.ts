import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluate, type Question } from '#kernel/authorization/evaluate'
import { compile } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'

const A = '111122223333'
const arn = `arn:aws:iam::${A}:user/alice`
const role = `arn:aws:iam::${A}:role/app`
const S = `arn:aws:secretsmanager:us-east-1:${A}:secret:a-AbCdEf`
const root = `arn:aws:iam::${A}:root`

interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string
  readonly Resource: string
  readonly Principal?: unknown
}

const policy = (Statement: readonly Statement[]) => compile(JSON.stringify({ Version: '2012-10-17', Statement }))

const statement = fc.record({
  Effect: fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
  Action: fc.constantFrom('*', 'secretsmanager:*', 'secretsmanager:GetSecretValue', 'iam:*'),
  Resource: fc.constantFrom('*', S, 'arn:aws:secretsmanager:*:*:secret:a-*', 'arn:aws:s3:::b'),
})
const named = fc
  .tuple(statement, fc.constantFrom('*', { AWS: A }, { AWS: arn }, { AWS: role }, { AWS: '999999999999' }))
  .map(([one, Principal]): Statement => ({ ...one, Principal }))
const statements = fc.array(statement, { maxLength: 3 })

const world = fc.record({
  kind: fc.constantFrom('user' as const, 'role' as const, 'root' as const),
  identity: statements,
  boundary: fc.option(statements, { nil: undefined }),
  session: fc.option(statements, { nil: undefined }),
  resource: fc.option(fc.array(named, { maxLength: 3 }), { nil: undefined }),
  owner: fc.constantFrom(A, A, '444455556666'),
  rule: fc.constantFrom('plain' as const, 'kms' as const),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

function ask(given: World) {
  const own = given.kind === 'root' ? root : given.kind === 'user' ? arn : `arn:aws:sts::${A}:assumed-role/app/s`
  const caller: Caller = {
    kind: given.kind,
    account: A,
    arn: own,
    principalArn: given.kind === 'role' ? role : own,
    userId: 'X',
    accessKeyId: 'AKIA',
    tags: new Map(),
    policies: [policy(given.identity)],
    ...(given.boundary && { boundary: policy(given.boundary) }),
    ...(given.session && { sessionPolicies: [policy(given.session)] }),
  }
  const question: Question = {
    caller,
    action: 'secretsmanager:GetSecretValue',
    resource: S,
    owner: given.owner,
    context: () => undefined,
    resourcePolicy: given.resource && policy(given.resource),
    rule: given.rule,
  }
  return evaluate(question)
}

const everything = { Action: '*', Resource: '*' } as const
const kinds = ['identity', 'boundary', 'session', 'resource'] as const

test('an explicit deny in a policy of any kind always denies', () => {
  fc.assert(
    fc.property(world, fc.constantFrom(...kinds), (given, kind) => {
      const denied = { ...everything, Effect: 'Deny' as const, ...(kind === 'resource' && { Principal: '*' }) }
      const decision = ask({ ...given, [kind]: [...(given[kind] ?? []), denied] })
      assert.equal(decision.allowed, false)
      assert.ok(!decision.allowed && decision.explicit)
    }),
  )
})

test('one Deny more never allows what was denied', () => {
  fc.assert(
    fc.property(world, fc.constantFrom(...kinds), named, (given, kind, one) => {
      // A policy that was not there is another question: an empty boundary allows nothing, that is no Deny.
      if (given[kind] === undefined) return
      const { Principal, ...rest } = one
      const denying = { ...rest, Effect: 'Deny' as const, ...(kind === 'resource' && { Principal }) }
      const after = ask({ ...given, [kind]: [...(given[kind] ?? []), denying] })
      if (after.allowed) assert.equal(ask(given).allowed, true)
    }),
  )
})

test('one Allow more never denies what was allowed', () => {
  fc.assert(
    fc.property(world, fc.constantFrom(...kinds), named, (given, kind, one) => {
      if (given[kind] === undefined || !ask(given).allowed) return
      const { Principal, ...rest } = one
      const allowing = { ...rest, Effect: 'Allow' as const, ...(kind === 'resource' && { Principal }) }
      assert.equal(ask({ ...given, [kind]: [...(given[kind] ?? []), allowing] }).allowed, true)
    }),
  )
})

test('nothing allowed means denied, but for the root user of the account', () => {
  fc.assert(
    fc.property(world, (given) => {
      const silent = { ...given, identity: [], boundary: undefined, session: undefined, resource: undefined }
      const { kind, owner, rule } = given
      assert.equal(ask(silent).allowed, kind === 'root' && owner === A && rule === 'plain')
    }),
  )
})

test('a grant counts like the resource policy that names its grantee, and no deny is overridden (cases 70 to 72)', () => {
  const caller: Caller = {
    kind: 'role',
    account: A,
    arn: `arn:aws:sts::${A}:assumed-role/app/s`,
    principalArn: role,
    userId: 'AROAX:s',
    accessKeyId: 'ASIA',
    tags: new Map(),
    policies: [],
  }
  const base: Question = { caller, action: 'kms:Decrypt', resource: S, owner: A, context: () => undefined, rule: 'kms' }
  assert.equal(evaluate(base).allowed, false)
  assert.equal(evaluate({ ...base, grant: 'role' }).allowed, true)
  const bound = { ...caller, boundary: policy([]) }
  assert.deepEqual(evaluate({ ...base, caller: bound, grant: 'role' }), {
    allowed: false,
    explicit: false,
    by: 'boundary',
  })
  assert.equal(evaluate({ ...base, caller: bound, grant: 'direct' }).allowed, true)
  const resourcePolicy = policy([{ ...everything, Effect: 'Deny', Principal: '*' }])
  assert.deepEqual(evaluate({ ...base, grant: 'direct', resourcePolicy }), {
    allowed: false,
    explicit: true,
    by: 'resource',
    deciding: { policy: resourcePolicy, index: 0 },
  })
  // The grant decides where the key policy only delegates.
  const delegating = policy([{ ...everything, Effect: 'Allow', Principal: { AWS: A } }])
  const granted = evaluate({ ...base, grant: 'direct', resourcePolicy: delegating })
  assert.deepEqual(granted, { allowed: true, by: 'resource' })
})

test('a service is allowed by a resource policy only', () => {
  const name = 'secretsmanager.amazonaws.com'
  const caller: Caller = {
    kind: 'service',
    account: '',
    arn: name,
    principalArn: name,
    userId: '',
    accessKeyId: '',
    tags: new Map(),
    policies: [policy([{ ...everything, Effect: 'Allow' }])],
  }
  const base: Question = {
    caller,
    action: 'lambda:InvokeFunction',
    resource: S,
    owner: A,
    context: () => undefined,
    rule: 'plain',
  }
  assert.equal(evaluate(base).allowed, false)
  const named = policy([{ ...everything, Effect: 'Allow', Principal: { Service: name } }])
  const deciding = { policy: named, index: 0 }
  assert.deepEqual(evaluate({ ...base, resourcePolicy: named }), { allowed: true, by: 'resource', deciding })
})

test('unique ids that a store resolved name their principal, and no namesake', () => {
  const caller = (userId: string): Caller => ({
    kind: 'user',
    account: A,
    arn,
    principalArn: arn,
    userId,
    accessKeyId: 'AKIA',
    tags: new Map(),
    policies: [],
  })
  const resourcePolicy = policy([{ ...everything, Effect: 'Allow', Principal: { AWS: 'AIDAOLDOLDOLDOLDOLDOL' } }])
  const ask = (userId: string) =>
    evaluate({
      caller: caller(userId),
      action: 'a:b',
      resource: S,
      owner: A,
      context: () => undefined,
      rule: 'plain',
      resourcePolicy,
    }).allowed
  assert.equal(ask('AIDAOLDOLDOLDOLDOLDOL'), true)
  assert.equal(ask('AIDANEWNEWNEWNEWNEWNE'), false)
})
