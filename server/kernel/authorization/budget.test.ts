import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide, questionOf } from '#kernel/authorization/authorize'
import { MOST_STEPS, stepsLeft } from '#kernel/authorization/budget'
import { type Decision, evaluate } from '#kernel/authorization/evaluate'
import { compile } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import type { Target } from '#kernel/operation'

// What a key policy of 32 KB that somebody planted costs each decision on its key (kms.md 15: 32,768 bytes of policy, 8 KB
// of encryption context).

const A = '111122223333'
const arn = `arn:aws:iam::${A}:user/low`
const VALUE = 'a'.repeat(8000)

const document = (Statement: unknown) => compile(JSON.stringify({ Version: '2012-10-17', Statement }))
const allowAll = document({ Effect: 'Allow', Action: '*', Resource: '*' })

const caller: Caller = {
  kind: 'user',
  account: A,
  arn,
  principalArn: arn,
  userId: 'AIDALOW',
  userName: 'low',
  accessKeyId: 'AKIALOW',
  tags: new Map(),
  policies: [allowAll],
}
const call: Call = {
  requestId: 'r',
  caller,
  account: A,
  region: 'us-east-1',
  now: 0,
  sourceIp: '203.0.113.7',
  userAgent: 'agent',
  secure: true,
  events: [],
}

function ask(statements: unknown, more: Partial<Target> = {}) {
  const target: Target = {
    resource: `arn:aws:kms:us-east-1:${A}:key/1`,
    policy: document(statements),
    context: { 'kms:EncryptionContext:x': VALUE },
    ...more,
  }
  return decide(call, 'kms', 'kms:Encrypt', target, 'kms')
}

/** Which kind of policy denies explicitly; undefined when none does. */
const deniedBy = (decision: Decision) => (decision.allowed || !decision.explicit ? undefined : decision.by)

const like = (Effect: string, patterns: readonly string[], Action = 'kms:*') => ({
  Effect,
  Principal: { AWS: '*' },
  Action,
  Resource: '*',
  Condition: { StringLike: { 'kms:EncryptionContext:x': patterns } },
})
const letIn = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:Encrypt', Resource: '*' }
const repeated = (times: number, pattern: string) => Array.from({ length: times }, () => pattern)

/** 32 KB of patterns that take a step for each unit of pattern and text. */
const HEAVY = repeated(7, `*${'a'.repeat(2000)}?${'a'.repeat(2000)}b*`)

test('patterns that took pattern × text steps are decided within the budget', () => {
  for (const patterns of [repeated(7, `*${'a'.repeat(4000)}b`), repeated(7, `*b${'a'.repeat(4000)}*`)]) {
    assert.deepEqual(ask([like('Allow', patterns)]), { allowed: false, explicit: false, by: 'resource' })
    assert.ok(stepsLeft() > MOST_STEPS - 200_000, `${MOST_STEPS - stepsLeft()} steps`)
    // A Deny that is decided in full and does not match keeps nobody out.
    assert.equal(ask([letIn, like('Deny', patterns)]).allowed, true)
  }
})

test('an Allow that runs out of steps lets nobody in, and a Deny that does keeps everybody out', () => {
  // The last pattern would match: an Allow must not, though; the first ones use up the steps.
  const patterns = [...HEAVY, 'a*']
  assert.deepEqual(ask([like('Allow', patterns)]), { allowed: false, explicit: false, by: 'resource' })
  assert.equal(deniedBy(ask([letIn, like('Deny', HEAVY)])), 'resource')
})

test('a Deny on another action is not asked for its conditions, however heavy they are', () => {
  assert.equal(ask([letIn, like('Deny', HEAVY, 'kms:Decrypt')]).allowed, true)
  assert.equal(stepsLeft(), MOST_STEPS)
})

test('each decision has steps of its own', () => {
  assert.equal(ask([like('Allow', HEAVY)]).allowed, false)
  assert.equal(stepsLeft(), 0)
  assert.equal(ask([like('Allow', ['a*'])]).allowed, true)
  assert.ok(stepsLeft() > MOST_STEPS - 2000)
})

test('variables, many values, many tags and many short patterns are counted too', () => {
  const variables = repeated(1000, '$' + '{kms:EncryptionContext:x}b*')
  const tags = new Map(Array.from({ length: 25_000 }, (_, n) => [`k${n}`, 'v']))
  const keys = Array.from({ length: 2000 }, (_, n) => `k${n}`)
  const condition = (Condition: unknown) => [letIn, { ...letIn, Effect: 'Deny', Condition }]
  const heavy = [
    condition({ StringLike: { 'kms:EncryptionContext:x': variables } }),
    condition({ StringLike: { 'kms:EncryptionContext:x': repeated(4000, '*ab*') } }),
    condition({ 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': keys.map((key) => `${key}!`) } }),
    repeated(20, 'n').map((_, n) => ({
      ...letIn,
      Effect: 'Deny',
      Condition: { StringEquals: { [`aws:RequestTag/n${n}`]: 'v' } },
    })),
  ]
  for (const statements of heavy) {
    const decision = ask(statements, {
      requestTags: tags,
      context: { 'kms:EncryptionContext:x': VALUE, 'kms:EncryptionContextKeys': keys },
    })
    assert.equal(deniedBy(decision), 'resource')
    assert.equal(stepsLeft(), 0)
  }
})

test('a policy that asks for thousands of keys finds them without walking through all of them each time', () => {
  const names = Array.from({ length: 2000 }, (_, n) => `kms:EncryptionContext:${n}`)
  const context = Object.fromEntries(names.map((name) => [name, 'v']))
  let looked = 0
  const counted = new Proxy(context, {
    get: (of, name) => {
      looked++
      return of[name as string]
    },
  })
  const Condition = { StringEquals: Object.fromEntries(names.map((name) => [name, 'v'])) }
  assert.equal(ask([{ ...letIn, Condition }], { context: counted }).allowed, true)
  assert.equal(looked, names.length)
})

test('a policy that uses the steps up lifts no Deny of a policy that is asked later', () => {
  const tags = new Map([['env', 'prod']])
  const target: Target = {
    resource: `arn:aws:secretsmanager:us-east-1:${A}:secret:db-AbCdEf`,
    tags,
    policy: document({
      Effect: 'Allow',
      Principal: { AWS: arn },
      Action: 'secretsmanager:GetSecretValue',
      Resource: '*',
      Condition: {
        StringNotLike: { 'aws:UserAgent': Array.from({ length: 4 }, (_, i) => `*${'?'.repeat(200 + i)}b*`) },
        StringEquals: { 'aws:ResourceTag/env': 'prod' },
      },
    }),
  }
  const byTag = {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { StringEquals: { 'aws:ResourceTag/env': 'prod' } },
  }
  const denied = { ...caller, policies: [document([{ Effect: 'Allow', Action: '*', Resource: '*' }, byTag])] }
  const long = { ...call, caller: denied, userAgent: VALUE }
  const decision = decide(long, 'secretsmanager', 'secretsmanager:GetSecretValue', target)
  assert.equal(decision.allowed, false)
  assert.ok(!decision.allowed && decision.explicit)
})

test('with fewer steps nothing is allowed that is not allowed with all of them', () => {
  const text = fc.constantFrom('a', 'aa', 'ab', 'aaab', '*', 'a*b', '*?b*', '?a*', `*${'?a'.repeat(5)}*`)
  const key = fc.constantFrom('aws:ResourceTag/env', 'aws:PrincipalTag/env', 'aws:UserAgent', 'aws:RequestTag/x')
  const operator = fc.constantFrom('StringLike', 'StringNotLike', 'StringEquals', 'StringNotEqualsIfExists', 'Null')
  const condition = fc.record({ operator, key, values: fc.array(text, { minLength: 1, maxLength: 3 }) })
  const statement = (resource: boolean) =>
    fc
      .record({
        Effect: fc.constantFrom('Allow', 'Deny'),
        Resource: fc.constantFrom('*', 'arn:aws:secretsmanager:*:*:secret:*b*', 'arn:aws:secretsmanager:*:*:secret:a*'),
        conditions: fc.array(condition, { maxLength: 3 }),
      })
      .map(({ conditions, ...rest }) => ({
        ...rest,
        Action: 'secretsmanager:*',
        ...(resource ? { Principal: '*' } : {}),
        ...(conditions.length === 0
          ? {}
          : {
              Condition: Object.fromEntries(
                conditions.map(({ operator, key, values }) => [
                  operator,
                  { [key]: operator === 'Null' ? 'true' : values },
                ]),
              ),
            }),
      }))
  const policy = (resource: boolean) =>
    fc.array(statement(resource), { minLength: 1, maxLength: 3 }).map((statements) => document(statements))
  fc.assert(
    fc.property(
      fc.option(policy(true), { nil: undefined }),
      fc.array(policy(false), { maxLength: 3 }),
      fc.option(policy(false), { nil: undefined }),
      fc.nat(120),
      (resourcePolicy, policies, boundary, steps) => {
        const asker: Caller = {
          ...caller,
          tags: new Map([['env', 'ab']]),
          policies,
          ...(boundary === undefined ? {} : { boundary }),
        }
        const ask = () =>
          questionOf({ ...call, caller: asker, userAgent: 'aaab' }, 'secretsmanager', 'secretsmanager:GetSecretValue', {
            resource: `arn:aws:secretsmanager:us-east-1:${A}:secret:aab-AbCdEf`,
            tags: new Map([['env', 'aaab']]),
            policy: resourcePolicy,
          })
        // Each question has a context of its own, as each request has.
        if (evaluate(ask(), steps).allowed) assert.equal(evaluate(ask()).allowed, true)
      },
    ),
    { numRuns: 3000 },
  )
})
