// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { questionOf } from '#kernel/authorization/authorize'
import { evaluate } from '#kernel/authorization/evaluate'
import { explain } from '#kernel/authorization/explain'
import { contextKeysOf } from '#kernel/authorization/keys'
import { compile, type Compiled, standing } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'

const A = '111122223333'
const G = 'secretsmanager:GetSecretValue'
const arn = `arn:aws:iam::${A}:user/alice`
const S = `arn:aws:secretsmanager:us-east-1:${A}:secret:db/pw-AbCdEf`
const policy = (...Statement: unknown[]) => compile(JSON.stringify({ Version: '2012-10-17', Statement }))
const allow = (more: object = {}) => ({ Effect: 'Allow', Action: G, Resource: S, ...more })
const deny = (more: object = {}) => ({ ...allow(more), Effect: 'Deny' })

function ask(policies: readonly Compiled[], more: Partial<Caller> = {}, resourcePolicy?: Compiled, action = G) {
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
    ...more,
  }
  const call: Call = {
    requestId: 'r',
    caller,
    account: A,
    region: 'us-east-1',
    now: 0,
    sourceIp: '203.0.113.7',
    userAgent: '',
    secure: true,
    events: [],
  }
  const target = { resource: S, owner: A, policy: resourcePolicy }
  const question = questionOf(call, 'secretsmanager', action, target)
  const explanation = explain(question)
  assert.deepEqual(explanation.decision, evaluate(question))
  return explanation
}

const matchedIn = ({ matched }: ReturnType<typeof explain>) =>
  matched.map(({ kind, policy, index, effect }) => [kind, policy.origin?.id, index, effect])

test('an explanation has all statements that apply, and what each kind of policy says', () => {
  const origin = (id: string) => ({ kind: 'managed', id, holder: 'user/alice' }) as const
  const first = standing(
    policy(allow({ Action: 's3:*' }), allow(), allow({ Action: '*', Resource: '*' })),
    origin('first'),
  )
  const second = standing(policy(deny(), deny({ Resource: 'arn:aws:s3:::b' })), origin('second'))
  const found = ask([first, second], { boundary: policy(allow({ Action: 's3:*' })) }, policy(allow({ Principal: '*' })))
  assert.deepEqual(matchedIn(found), [
    ['resource', undefined, 0, 'Allow'],
    ['identity', 'first', 1, 'Allow'],
    ['identity', 'first', 2, 'Allow'],
    ['identity', 'second', 0, 'Deny'],
  ])
  assert.deepEqual(found.decision, {
    allowed: false,
    explicit: true,
    by: 'identity',
    deciding: { policy: second, index: 0 },
  })
  assert.deepEqual(found.says, { resource: 'allowed', identity: 'explicitDeny', boundary: 'implicitDeny' })
})

test('a federated session without session policies is told that they are silent', () => {
  const found = ask([policy(allow())], { kind: 'federated' })
  assert.deepEqual(found.says, { identity: 'allowed', session: 'implicitDeny' })
  assert.deepEqual(ask([policy(allow())]).says, { identity: 'allowed' })
})

test('missing are the keys that statements about this request ask for and it does not carry', () => {
  const asking = (key: string, more: object = {}) => allow({ Condition: { StringEquals: { [key]: 'v' } }, ...more })
  const found = ask([
    policy(
      asking('aws:PrincipalTag/Team'),
      asking('AWS:principaltag/team'),
      asking('aws:username'),
      asking('aws:Elsewhere', { Resource: 'arn:aws:s3:::b' }),
      asking('aws:OtherAction', { Action: 's3:*' }),
      allow({ Resource: `arn:aws:secretsmanager:*:*:secret:${'${aws:ResourceTag/env}'}/*` }),
      allow({ Resource: `arn:aws:secretsmanager:*:*:secret:${"${aws:ResourceTag/zone, 'x'}"}/*` }),
      deny({ Condition: { StringEquals: { 'aws:username': '${secretsmanager:Name}' } } }),
    ),
  ])
  assert.deepEqual(found.missing, ['aws:PrincipalTag/Team', 'aws:ResourceTag/env', 'secretsmanager:Name'])
})

test('an explanation decides as the evaluator does, whatever the case of the action', () => {
  assert.equal(ask([policy(allow())], {}, undefined, 'SecretsManager:getsecretvalue').decision.allowed, true)
})

test('the context keys of a document are as written, sorted, each once (API_GetContextKeysForCustomPolicy)', () => {
  const document = policy(
    allow({
      Resource: ['arn:aws:s3:::b/${aws:username}/${*}', "arn:aws:s3:::b/${ aws:PrincipalTag/team , 'x'}"],
      Condition: {
        StringEquals: { 'aws:SourceVpce': 'v', 'AWS:USERNAME': 'x' },
        Bool: { 'aws:SecureTransport': true },
      },
    }),
    deny({ Condition: { StringLike: { 's3:prefix': ['${kms:CallerAccount}/*', '${$}', '${}', '${open'] } } }),
  )
  assert.deepEqual(contextKeysOf(document), [
    'aws:PrincipalTag/team',
    'aws:SecureTransport',
    'aws:SourceVpce',
    'aws:username',
    'kms:CallerAccount',
    's3:prefix',
  ])
  const old = compile(
    JSON.stringify({
      Statement: allow({ Resource: 'arn:aws:s3:::${aws:username}', Condition: { Null: { 'aws:k': true } } }),
    }),
  )
  assert.deepEqual(contextKeysOf(old), ['aws:k'])
})
