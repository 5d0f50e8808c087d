import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  A,
  allow,
  B,
  type Case,
  callers,
  check,
  defaultKey,
  deny,
  everything,
  G,
  K,
  key,
  requestTags,
  roleArn,
  S,
  secret,
  tagResource,
  Uarn,
  viaManager,
  when,
} from './test/cases.ts'
import { early } from './test/early-cases.ts'

/** The decision cases of access.md section 6 from 84 on: trust policies and conditions, each with its number there. */

const assume = { action: 'sts:AssumeRole', resource: roleArn }
const trusting = (Principal: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...more,
})
const externalId = (id?: string) => ({ target: { context: { 'sts:ExternalId': id } } })
const byWeb = (sub: string): NonNullable<Case['tp']> => [
  trusting(
    { Federated: `arn:aws:iam::${A}:oidc-provider/t.example.com` },
    { Action: 'sts:AssumeRoleWithWebIdentity', ...when('StringEquals', 't.example.com:sub', sub) },
  ),
]
const web = { caller: 'web', action: 'sts:AssumeRoleWithWebIdentity', resource: roleArn } as const
const alias = `arn:aws:kms:us-east-1:${A}:alias/app`
const invoke = { caller: 'service', action: 'lambda:InvokeFunction' } as const
const rotate = (more: object = {}) => [
  allow('lambda:InvokeFunction', '*', { Principal: { Service: 'secretsmanager.amazonaws.com' }, ...more }),
]

const cases: readonly Case[] = [
  { n: 84, ...assume, tp: [trusting({ AWS: Uarn })], expect: 'ok' },
  { n: 85, ...assume, tp: [trusting({ AWS: A })], expect: 'imp identity' },
  { n: 86, ...assume, tp: [trusting({ AWS: A })], id: [allow('sts:AssumeRole', roleArn)], expect: 'ok' },
  { n: 87, ...assume, caller: 'X', tp: [trusting({ AWS: B })], expect: 'imp identity' },
  { n: 87, ...assume, caller: 'X', tp: [trusting({ AWS: B })], id: [allow('sts:AssumeRole', roleArn)], expect: 'ok' },
  ...([undefined, 'e1', 'E1'] as const).map(
    (id): Case => ({
      n: 88,
      ...assume,
      ...externalId(id),
      caller: 'X',
      tp: [trusting({ AWS: B }, when('StringEquals', 'sts:ExternalId', 'e1'))],
      id: [allow('sts:AssumeRole', '*')],
      expect: id === 'e1' ? 'ok' : 'imp resource',
    }),
  ),
  // Tags are a second permission.
  { n: 89, ...assume, action: 'sts:TagSession', tp: [trusting({ AWS: Uarn })], expect: 'imp resource' },
  {
    n: 92,
    ...assume,
    tp: [trusting({ AWS: Uarn })],
    bound: { [Uarn]: 'AIDAALICEWHOISGONE001' },
    expect: 'imp resource',
  },
  { n: 92, ...assume, tp: [trusting({ AWS: Uarn })], bound: { [Uarn]: callers.U.userId }, expect: 'ok' },
  { n: 95, ...web, tp: byWeb('repo:a'), expect: 'imp resource' },
  { n: 95, ...web, tp: byWeb('repo:b'), expect: 'ok' },
  { n: 96, id: [allow(G, '*', when('StringEquals', 'aws:PrincipalTag/team', 'red'))], expect: 'imp identity' },
  { n: 97, id: [allow(G, '*', when('StringNotEquals', 'aws:PrincipalTag/team', 'red'))], expect: 'ok' },
  { n: 98, id: [allow(G, '*', when('StringEqualsIfExists', 'aws:PrincipalTag/team', 'red'))], expect: 'ok' },
  { n: 98, id: [allow(G, '*', when('Null', 'aws:PrincipalTag/team', 'true'))], expect: 'ok' },
  { n: 98, id: [allow(G, '*', when('Null', 'aws:PrincipalTag/team', 'false'))], expect: 'imp identity' },
  ...([['ok'], ['ok', 'a'], ['imp identity', 'a', 'c']] as const).map(
    ([expect, ...keys]): Case => ({
      n: 99,
      id: [allow(tagResource, S, when('ForAllValues:StringEquals', 'aws:TagKeys', ['a', 'b']))],
      action: tagResource,
      target: requestTags(...keys),
      expect,
    }),
  ),
  ...([['imp identity'], ['ok', 'a', 'c']] as const).map(
    ([expect, ...keys]): Case => ({
      n: 100,
      id: [allow(tagResource, S, when('ForAnyValue:StringEquals', 'aws:TagKeys', ['a', 'b']))],
      action: tagResource,
      target: requestTags(...keys),
      expect,
    }),
  ),
  {
    n: 101,
    id: [
      allow(tagResource, S, {
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] }, Null: { 'aws:TagKeys': 'false' } },
      }),
    ],
    action: tagResource,
    target: requestTags(),
    expect: 'imp identity',
  },
  ...['blue', 'green'].map(
    (team): Case => ({
      n: 102,
      id: [allow(G, '*', when('StringNotEquals', 'aws:PrincipalTag/team', ['red', 'blue']))],
      tags: { team },
      expect: team === 'green' ? 'ok' : 'imp identity',
    }),
  ),
  ...['7', undefined].map(
    (days): Case => ({
      n: 103,
      id: [
        allow(
          'secretsmanager:DeleteSecret',
          S,
          when('NumericLessThanEquals', 'secretsmanager:RecoveryWindowInDays', 7),
        ),
      ],
      action: 'secretsmanager:DeleteSecret',
      target: { context: { 'secretsmanager:RecoveryWindowInDays': days } },
      expect: days === undefined ? 'imp identity' : 'ok',
    }),
  ),
  ...[true, false].map(
    (secure): Case => ({
      n: 104,
      id: [deny('*', '*', when('Bool', 'aws:SecureTransport', 'false')), allow(G)],
      call: { secure },
      expect: secure ? 'ok' : 'exp identity',
    }),
  ),
  { n: 105, id: [deny('*', '*', when('Bool', 'aws:MultiFactorAuthPresent', 'false')), allow(G)], expect: 'ok' },
  {
    n: 105,
    caller: 'session',
    id: [deny('*', '*', when('Bool', 'aws:MultiFactorAuthPresent', 'false')), allow(G)],
    expect: 'exp identity',
  },
  {
    n: 106,
    id: [deny('*', '*', when('BoolIfExists', 'aws:MultiFactorAuthPresent', 'false')), allow(G)],
    expect: 'exp identity',
  },
  {
    n: 107,
    id: [...everything, deny('*', '*', when('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'))],
    rp: defaultKey,
    ...key,
    call: viaManager,
    expect: 'exp identity',
  },
  ...(['role/app', 'role/*/app', 'role/*'] as const).map(
    (path): Case => ({
      n: 108,
      caller: 'team',
      id: [allow(G, '*', when('ArnLike', 'aws:PrincipalArn', `arn:aws:iam::*:${path}`))],
      expect: path === 'role/app' ? 'imp identity' : 'ok',
    }),
  ),
  { n: 109, id: [allow(G, '*', when('ArnEquals', 'aws:PrincipalArn', 'arn:aws:*'))], expect: 'imp identity' },
  { n: 109, id: [allow(G, 'arn:aws:secretsmanager:*')], expect: 'ok' },
  {
    n: 110,
    id: [
      allow(G, '*', {
        Condition: { StringEquals: { 'aws:username': 'alice' }, Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ],
    expect: 'imp identity',
  },
  { n: 111, id: [allow(G, secret(`\${aws:username}/*`))], resource: secret('alice/x-AbCdEf'), expect: 'ok' },
  {
    n: 111,
    caller: 'R',
    id: [allow(G, secret(`\${aws:username}/*`))],
    resource: secret('alice/x-AbCdEf'),
    expect: 'imp identity',
  },
  {
    n: 112,
    version: '',
    id: [allow(G, secret(`\${aws:username}/*`))],
    resource: secret('alice/x-AbCdEf'),
    expect: 'imp identity',
  },
  {
    n: 113,
    id: [allow(G, secret(`\${aws:PrincipalTag/team, 'shared'}/*`))],
    resource: secret('shared/x-AbCdEf'),
    expect: 'ok',
  },
  { n: 114, id: [allow(G, secret(`a\${*}b-*`))], resource: secret('axb-AbCdEf'), expect: 'imp identity' },
  { n: 114, id: [allow(G, secret(`a\${*}b-*`))], resource: secret('a*b-AbCdEf'), expect: 'ok' },
  ...[new Map([['env', 'prod']]), new Map<string, string>()].map(
    (tags): Case => ({
      n: 115,
      id: [allow(G, '*', when('StringEquals', 'secretsmanager:ResourceTag/env', 'prod'))],
      target: { tags },
      expect: tags.size > 0 ? 'ok' : 'imp identity',
    }),
  ),
  {
    n: 116,
    id: [allow(G, '*', when('StringEquals', 'aws:ResourceTag/ENV', 'prod'))],
    target: { tags: new Map([['env', 'prod']]) },
    expect: 'ok',
  },
  ...(['AWSCURRENT', undefined] as const).map(
    (stage): Case => ({
      n: 120,
      id: [allow(G, '*', when('StringEquals', 'secretsmanager:VersionStage', 'AWSCURRENT'))],
      target: { context: { 'secretsmanager:VersionStage': stage } },
      expect: stage === undefined ? 'imp identity' : 'ok',
    }),
  ),
  {
    n: 121,
    id: [allow(G, '*', when('DateLessThan', 'aws:CurrentTime', '2020-01-01T00:00:00Z'))],
    expect: 'imp identity',
  },
  {
    n: 122,
    id: [
      allow(
        'kms:ScheduleKeyDeletion',
        K,
        when('NumericGreaterThanEquals', 'kms:ScheduleKeyDeletionPendingWindowInDays', 30),
      ),
    ],
    rp: defaultKey,
    ...key,
    action: 'kms:ScheduleKeyDeletion',
    // KMS says the default where the parameter is absent.
    target: { context: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' } },
    expect: 'ok',
  },
  // Two permissions, both needed.
  { n: 123, id: [allow('kms:CreateAlias', alias)], action: 'kms:CreateAlias', resource: alias, expect: 'ok' },
  ...[[alias], [alias, K]].map(
    (may): Case => ({
      n: 123,
      id: [allow('kms:CreateAlias', may)],
      rp: defaultKey,
      ...key,
      action: 'kms:CreateAlias',
      expect: may.includes(K) ? 'ok' : 'imp identity',
    }),
  ),
  ...(['kms:ReEncryptFrom', 'kms:ReEncryptTo'] as const).map(
    (action): Case => ({
      n: 124,
      id: [allow('kms:ReEncryptFrom', K)],
      rp: defaultKey,
      ...key,
      action,
      resource: action === 'kms:ReEncryptFrom' ? K : K.replace('1111', '2222'),
      expect: action === 'kms:ReEncryptFrom' ? 'ok' : 'imp identity',
    }),
  ),
  { n: 125, ...invoke, rp: rotate(), expect: 'ok' },
  ...[S, secret('other-AbCdEf')].map(
    (arn): Case => ({
      n: 125,
      ...invoke,
      rp: rotate(when('ArnEquals', 'aws:SourceArn', S)),
      target: { context: { 'aws:SourceArn': arn } },
      expect: arn === S ? 'ok' : 'imp resource',
    }),
  ),
]

check(cases)

/** Cases that no decision alone shows, and where they are shown. */
const ELSEWHERE: ReadonlyMap<number, string> = new Map([
  [35, 'grammar.test.ts: wildcards in principals; the code of the refusal is PutResourcePolicy’s'],
  [63, 'conformance of Secrets Manager: a plain name is looked up in the caller’s account'],
  [70, 'evaluate.test.ts: a grant counts as its grantee named; its constraints are KMS’s'],
  [71, 'as 70'],
  [72, 'as 70'],
  [90, 'AssumeRole'],
  [91, 'GetCallerIdentity.test.ts'],
  [93, 'GetSessionToken'],
  [94, 'AssumeRoleWithWebIdentity'],
  [117, 'SSM, which is not there yet'],
  [118, 'SSM, which is not there yet'],
  [119, 'BatchGetSecretValue.test.ts'],
])

test('all decision cases of access.md 6 are shown, here or elsewhere', () => {
  const shown = new Set([...early, ...cases].map(({ n }) => n))
  for (let n = 1; n <= 125; n++) assert.notEqual(shown.has(n), ELSEWHERE.has(n), `case ${n}`)
})
