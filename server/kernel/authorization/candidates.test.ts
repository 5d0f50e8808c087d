// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fill, MOST_STEPS, stepsLeft } from '#kernel/authorization/budget'
import { evaluate, type Question } from '#kernel/authorization/evaluate'
import { type Compiled, compile } from '#kernel/authorization/policy'
import { NO_PROBES } from '#kernel/authorization/probes'
import type { Caller } from '#kernel/call'

const A = '111122223333'
const arn = `arn:aws:iam::${A}:user/alice`
const secret = (name: string, region = 'us-east-1') => `arn:aws:secretsmanager:${region}:${A}:secret:${name}`
const policy = (Statement: readonly unknown[]) => compile(JSON.stringify({ Version: '2012-10-17', Statement }))

/** The same policy, whose statements are all looked at in full for each request. */
const plainly = (one: Compiled): Compiled => ({
  ...one,
  byAction: { of: () => ({ statements: one.statements, sure: false, probes: NO_PROBES }) },
})

const names = fc.oneof(
  fc.constantFrom(
    'db/pw-AbCdEf',
    'db/pw-AbCdEg',
    'db/p',
    'db',
    'a',
    '',
    'db/pw-AbCdEf-GhIjKl',
    'dbxpw-AbCdEf',
    'dx/pw-AbCdEf',
    'db/pw-xbCdEf',
    'alice',
    'alicex',
    '\u0144b',
  ),
  fc.array(fc.constantFrom('d', 'b', '/', 'é', '𝒳', ':'), { maxLength: 8 }).map((parts) => parts.join('')),
)
const patterns = fc.oneof(
  names.map((name) => secret(name)),
  fc
    .tuple(names, fc.constantFrom('*', '?', '-??????', '*/x', '${aws:username}', '${aws:none}', '${*}'))
    .map((parts) => secret(parts.join(''))),
  names.map((name) => secret(`${name}*`, '*')),
  names.map((name) => secret(`*${name}`)),
  fc
    .tuple(names, fc.constantFrom('?', '*', '*${aws:username}', '${aws:username}?'), names)
    .map((parts) => secret(parts.join(''))),
  fc
    .constantFrom('d?/pw-AbCdEf', 'db?pw-AbCdEf', 'db/pw-?bCdEf', '${aws:username}?', 'db*${*}')
    .map((name) => secret(name)),
  fc.constantFrom(
    '*',
    'arn:aws:secretsmanager:*',
    'arn:*',
    `arn:aws:s3:::db`,
    'secret:db',
    secret('${aws:username}/*'),
  ),
)
const actions = fc.constantFrom('*', 'a:Get', 'A:GET', 'a:G*t', 'a:*', 'a:?et', 'a:Put', 'b:*')
const oneOrMore = <T>(items: fc.Arbitrary<T>) => fc.oneof(items, fc.array(items, { maxLength: 3 }))
const statement = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    not: fc.constantFrom('', '', '', 'Action', 'Resource'),
    Action: oneOrMore(actions),
    Resource: oneOrMore(patterns),
    Principal: fc.constantFrom<unknown>('*', { AWS: A }, { AWS: arn }, { AWS: '444455556666' }),
    condition: fc.constantFrom(
      undefined,
      undefined,
      { StringEquals: { 'aws:username': 'alice' } },
      { Null: { 'aws:username': true } },
    ),
  })
  .map(({ Effect, not, Action, Resource, Principal, condition }) => ({
    named: { Principal },
    rest: {
      Effect,
      [not === 'Action' ? 'NotAction' : 'Action']: Action,
      [not === 'Resource' ? 'NotResource' : 'Resource']: Resource,
      ...(condition && { Condition: condition }),
    },
  }))
const statements = fc.array(statement, { maxLength: 14 })
const own = (list: readonly { rest: object }[]) => policy(list.map(({ rest }) => rest))
const naming = (list: readonly { rest: object; named: object }[]) =>
  policy(list.map(({ rest, named }) => ({ ...rest, ...named })))

test('statements found by action and probes decide as those that are all looked at', () => {
  const world = fc.record({
    identity: fc.array(statements, { minLength: 1, maxLength: 2 }),
    boundary: fc.option(statements, { nil: undefined }),
    resource: fc.option(statements, { nil: undefined }),
    requests: fc.array(
      fc.record({
        action: fc.constantFrom('a:Get', 'a:Put', 'b:X'),
        resource: fc.oneof(
          names.map((name) => secret(name)),
          fc.constantFrom('*', 'x', 'arn:aws:s3:::db'),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  let allowed = 0
  fc.assert(
    fc.property(world, ({ identity, boundary, resource, requests }) => {
      const policies = identity.map(own)
      const bound = boundary && own(boundary)
      const guard = resource && naming(resource)
      const caller: Caller = {
        kind: 'user',
        account: A,
        arn,
        principalArn: arn,
        userId: 'AIDAALICE',
        userName: 'alice',
        accessKeyId: 'AKIA',
        tags: new Map(),
        policies,
        ...(bound && { boundary: bound }),
      }
      const plain: Caller = { ...caller, policies: policies.map(plainly), ...(bound && { boundary: plainly(bound) }) }
      for (const request of requests) {
        const question: Question = {
          ...request,
          caller,
          owner: A,
          context: (key) => (key === 'aws:username' ? 'alice' : undefined),
          resourcePolicy: guard,
          rule: 'plain',
        }
        const found = evaluate(question)
        const expected = evaluate({ ...question, caller: plain, resourcePolicy: guard && plainly(guard) })
        assert.deepEqual(told(found), told(expected))
        if (found.allowed) allowed++
      }
    }),
    { numRuns: 2000 },
  )
  assert.ok(allowed > 200, `${allowed} requests are allowed`)
})

/** Policies differ by identity in the two worlds; their text does not. */
function told(decision: ReturnType<typeof evaluate>): unknown {
  const { deciding, ...rest } = decision
  return { ...rest, at: deciding && [deciding.policy.source, deciding.index] }
}

test('finding statements takes none of a decision’s steps, and what took too many is asked again by each', () => {
  const heavy = Array.from({ length: 400 }, () => `a:*${'b'.repeat(60)}?${'b'.repeat(60)}x*`)
  const compiled = policy([
    { Effect: 'Deny', Action: heavy, Resource: '*' },
    { Effect: 'Allow', Action: '*', Resource: '*' },
  ])
  fill()
  const { sure, statements: unsure } = compiled.byAction.of(`a:${'b'.repeat(256)}`)
  assert.equal(sure, false)
  assert.equal(unsure.length, 2)
  assert.equal(stepsLeft(), MOST_STEPS)
  assert.equal(compiled.byAction.of('b:x').sure, true)
  assert.deepEqual(
    compiled.byAction.of('b:x').statements.map(({ index }) => index),
    [1],
  )
})

test('only so many actions of a document are kept', () => {
  const { byAction } = policy([{ Effect: 'Allow', Action: '*', Resource: '*' }])
  const first = byAction.of('a:0')
  assert.equal(byAction.of('a:0'), first)
  for (let n = 1; n <= 32; n++) byAction.of(`a:${n}`)
  assert.notEqual(byAction.of('a:0'), first)
})
