import assert from 'node:assert/strict'
import test from 'node:test'
import { decide } from '#kernel/authorization/authorize'
import { compile } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import type { Target } from '#kernel/operation'

/** The decision cases of access.md section 6, each with its number there. */

const A = '111122223333'
const B = '444455556666'
const S = `arn:aws:secretsmanager:us-east-1:${A}:secret:db/pw-AbCdEf`
const secret = (name: string) => `arn:aws:secretsmanager:us-east-1:${A}:secret:${name}`
const K = `arn:aws:kms:us-east-1:${A}:key/11111111-2222-3333-4444-555555555555`
const G = 'secretsmanager:GetSecretValue'
const Uarn = `arn:aws:iam::${A}:user/alice`
const roleArn = `arn:aws:iam::${A}:role/app`
const session = (name: string) => `arn:aws:sts::${A}:assumed-role/app/${name}`
const Farn = `arn:aws:sts::${A}:federated-user/bob`
const rootOf = (account: string) => `arn:aws:iam::${account}:root`
const Xrole = `arn:aws:iam::${B}:role/ext`
const Xsession = `arn:aws:sts::${B}:assumed-role/ext/x1`

const none = { tags: new Map<string, string>(), policies: [] }
const callers = {
  U: {
    ...none,
    kind: 'user',
    account: A,
    arn: Uarn,
    principalArn: Uarn,
    userId: 'AIDAALICEALICEALICE01',
    userName: 'alice',
    accessKeyId: 'AKIAALICE',
  },
  R: {
    ...none,
    kind: 'role',
    account: A,
    arn: session('s1'),
    principalArn: roleArn,
    userId: 'AROAAPPAPPAPPAPPAPP01:s1',
    accessKeyId: 'ASIAAPP',
  },
  R2: {
    ...none,
    kind: 'role',
    account: A,
    arn: session('s2'),
    principalArn: roleArn,
    userId: 'AROAAPPAPPAPPAPPAPP01:s2',
    accessKeyId: 'ASIAAPP2',
  },
  team: {
    ...none,
    kind: 'role',
    account: A,
    arn: session('s1'),
    principalArn: `arn:aws:iam::${A}:role/team/app`,
    userId: 'AROATEAM:s1',
    accessKeyId: 'ASIATEAM',
  },
  F: {
    ...none,
    kind: 'federated',
    account: A,
    arn: Farn,
    principalArn: Farn,
    parentArn: Uarn,
    userId: `${A}:bob`,
    accessKeyId: 'ASIABOB',
  },
  X: {
    ...none,
    kind: 'role',
    account: B,
    arn: Xsession,
    principalArn: Xrole,
    userId: 'AROAEXT:x1',
    accessKeyId: 'ASIAEXT',
  },
  ROOT: {
    ...none,
    kind: 'root',
    account: A,
    arn: rootOf(A),
    principalArn: rootOf(A),
    userId: A,
    accessKeyId: 'AKIAROOT',
  },
  session: {
    ...none,
    kind: 'user',
    account: A,
    arn: Uarn,
    principalArn: Uarn,
    userId: 'AIDAALICEALICEALICE01',
    userName: 'alice',
    accessKeyId: 'ASIAALICE',
    session: {
      issuedAt: 0,
      expiresAt: 1,
      issuer: { type: 'IAMUser', principalId: 'AIDAALICEALICEALICE01', arn: Uarn, accountId: A },
    },
  },
} satisfies Record<string, Caller>

type Element = Record<string, unknown>
const allow = (Action: unknown, Resource: unknown = S, more: Element = {}): Element => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
const deny = (Action: unknown, Resource: unknown = S, more: Element = {}): Element => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
})
const when = (operator: string, key: string, values: unknown): Element => ({
  Condition: { [operator]: { [key]: values } },
})
const to = (AWS: unknown): Element => ({ Principal: { AWS } })
const policy = (statements: readonly Element[], version: string | undefined = '2012-10-17') =>
  compile(JSON.stringify(version === '' ? { Statement: statements } : { Version: version, Statement: statements }))

interface Case {
  readonly n: number
  readonly caller?: keyof typeof callers
  readonly id?: readonly Element[]
  readonly group?: readonly Element[]
  readonly pb?: readonly Element[]
  readonly sp?: readonly Element[]
  readonly rp?: readonly Element[]
  readonly version?: string
  readonly action?: string
  readonly resource?: string
  readonly rule?: 'plain' | 'kms'
  readonly tags?: Readonly<Record<string, string>>
  readonly call?: Partial<Call>
  readonly target?: Partial<Target>
  readonly expect: 'ok' | `imp ${string}` | `exp ${string}`
}

const everything = [allow('*', '*')]
const iamOnly = [allow('iam:*', '*')]
const tagResource = 'secretsmanager:TagResource'
const defaultKey = [allow('kms:*', '*', to(rootOf(A)))]
const requestTags = (...keys: string[]) => ({ requestTags: new Map(keys.map((key) => [key, 'v'])) })
const viaManager = { via: 'secretsmanager.amazonaws.com' }
const managed = [
  allow(['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:CreateGrant', 'kms:DescribeKey'], '*', {
    ...to('*'),
    Condition: { StringEquals: { 'kms:CallerAccount': A, 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
  }),
  allow(['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'], '*', to(rootOf(A))),
]
const key = { action: 'kms:Decrypt', resource: K, rule: 'kms' } as const

const cases: readonly Case[] = [
  { n: 1, expect: 'imp identity' },
  { n: 2, id: [allow(G)], expect: 'ok' },
  { n: 3, id: [allow(G, '*')], expect: 'ok' },
  { n: 4, id: [allow('secretsmanager:*')], expect: 'ok' },
  { n: 5, id: everything, expect: 'ok' },
  { n: 6, id: [allow(G), deny(G)], expect: 'exp identity' },
  { n: 7, id: [allow('SECRETSMANAGER:getsecretvalue')], expect: 'ok' },
  { n: 8, id: [allow(G, secret('DB/pw-*'))], expect: 'imp identity' },
  { n: 9, id: [allow(G, secret('db/*'))], expect: 'ok' },
  { n: 10, id: [allow(G, secret('db/pw-??????'))], expect: 'ok' },
  { n: 11, id: [allow(G, secret('db/pw'))], expect: 'imp identity' },
  { n: 12, id: [allow('secretsmanager:Get*')], action: 'secretsmanager:DescribeSecret', expect: 'imp identity' },
  { n: 13, id: [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }], expect: 'ok' },
  { n: 14, id: [{ Effect: 'Allow', Action: G, NotResource: S }], expect: 'imp identity' },
  {
    n: 15,
    id: [...everything, { Effect: 'Deny', NotAction: G, Resource: '*' }],
    action: 'secretsmanager:PutSecretValue',
    expect: 'exp identity',
  },
  { n: 15, id: [...everything, { Effect: 'Deny', NotAction: G, Resource: '*' }], expect: 'ok' },
  { n: 16, id: [allow('secretsmanager:GetSecretValue,secretsmanager:List*', '*')], expect: 'imp identity' },
  { n: 17, id: [allow(' secretsmanager:GetSecretValue', '*')], expect: 'imp identity' },
  { n: 18, group: [allow(G)], expect: 'ok' },
  { n: 19, id: [allow(G)], group: [deny('secretsmanager:*', '*')], expect: 'exp identity' },
  {
    n: 20,
    id: [allow('secretsmanager:ListSecrets')],
    action: 'secretsmanager:ListSecrets',
    resource: '*',
    expect: 'imp identity',
  },
  { n: 21, caller: 'ROOT', expect: 'ok' },
  { n: 22, caller: 'ROOT', rp: [deny(G, '*', { Principal: '*' })], expect: 'exp resource' },
  { n: 23, rp: [allow(G, '*', to(Uarn))], expect: 'ok' },
  { n: 24, rp: [allow(G, '*', to(A))], expect: 'imp identity' },
  { n: 24, rp: [allow(G, '*', to(rootOf(A)))], expect: 'imp identity' },
  { n: 25, rp: [allow(G, '*', to(A))], id: [allow(G)], expect: 'ok' },
  { n: 26, rp: [allow(G, '*', { Principal: '*' })], expect: 'ok' },
  { n: 27, pb: iamOnly, rp: [allow(G, '*', to(Uarn))], expect: 'ok' },
  { n: 28, id: [allow(G)], pb: iamOnly, expect: 'imp boundary' },
  { n: 29, caller: 'R', rp: [allow(G, '*', to(roleArn))], expect: 'ok' },
  { n: 30, caller: 'R', rp: [allow(G, '*', to(roleArn))], pb: iamOnly, expect: 'imp boundary' },
  { n: 31, caller: 'R', rp: [allow(G, '*', to(roleArn))], sp: iamOnly, expect: 'imp session' },
  { n: 32, caller: 'R', rp: [allow(G, '*', to(session('s1')))], pb: iamOnly, expect: 'ok' },
  { n: 33, caller: 'R', rp: [allow(G, '*', to(session('s1')))], sp: iamOnly, expect: 'ok' },
  { n: 34, caller: 'R2', rp: [allow(G, '*', to(session('s1')))], expect: 'imp identity' },
  {
    n: 36,
    caller: 'R',
    rp: [allow(G, '*', { ...to('*'), ...when('ArnEquals', 'aws:PrincipalArn', roleArn) })],
    pb: iamOnly,
    sp: iamOnly,
    expect: 'ok',
  },
  { n: 37, caller: 'R', id: [allow(G)], rp: [deny(G, '*', to(roleArn))], expect: 'exp resource' },
  {
    n: 38,
    id: [allow(G)],
    pb: everything,
    rp: [deny(G, '*', { NotPrincipal: { AWS: [Uarn, rootOf(A)] } })],
    expect: 'exp resource',
  },
  { n: 39, id: [allow(G)], rp: [deny(G, '*', { NotPrincipal: { AWS: [Uarn, rootOf(A)] } })], expect: 'ok' },
  {
    n: 40,
    caller: 'R',
    id: [allow(G)],
    rp: [deny(G, '*', { NotPrincipal: { AWS: [roleArn, rootOf(A)] } })],
    expect: 'exp resource',
  },
  { n: 41, rp: [allow(G, '*')], expect: 'imp identity' },
  { n: 42, caller: 'R', id: [allow('secretsmanager:*', '*')], sp: [allow(G)], expect: 'ok' },
  {
    n: 42,
    caller: 'R',
    id: [allow('secretsmanager:*', '*')],
    sp: [allow(G)],
    action: 'secretsmanager:PutSecretValue',
    expect: 'imp session',
  },
  { n: 43, caller: 'R', id: everything, sp: [deny(G)], expect: 'exp session' },
  { n: 44, caller: 'R', sp: everything, expect: 'imp identity' },
  { n: 45, caller: 'F', id: everything, expect: 'imp session' },
  { n: 46, caller: 'F', id: everything, sp: [allow(G)], expect: 'ok' },
  { n: 47, caller: 'F', rp: [allow(G, '*', to(Farn))], expect: 'ok' },
  { n: 48, caller: 'F', sp: iamOnly, rp: [allow(G, '*', to(Uarn))], expect: 'imp session' },
  { n: 49, caller: 'session', id: [allow(G)], expect: 'ok' },
  {
    n: 50,
    id: everything,
    pb: [allow('secretsmanager:*', '*')],
    rp: defaultKey,
    ...key,
    action: 'kms:Encrypt',
    expect: 'imp boundary',
  },
  { n: 51, id: [allow(G)], pb: [deny(G), ...everything], expect: 'exp boundary' },
  { n: 52, pb: [allow(G)], expect: 'imp identity' },
  { n: 53, caller: 'X', id: [allow(G)], expect: 'imp resource' },
  { n: 54, caller: 'X', rp: [allow(G, '*', to(Xrole))], expect: 'imp identity' },
  { n: 55, caller: 'X', rp: [allow(G, '*', to(B))], id: [allow(G)], expect: 'ok' },
  { n: 55, caller: 'X', rp: [allow('kms:Decrypt', '*', to(B))], id: [allow('kms:Decrypt', K)], ...key, expect: 'ok' },
  { n: 56, caller: 'X', rp: [allow(G, '*', to(B))], id: [allow(G)], pb: iamOnly, expect: 'imp boundary' },
  { n: 57, caller: 'X', rp: [allow(G, '*', to(Xsession))], expect: 'imp identity' },
  { n: 58, caller: 'X', rp: [allow(G, '*', { Principal: '*' })], id: [allow(G)], expect: 'ok' },
  { n: 59, caller: 'X', rp: [allow(G, '*', to(B))], id: [allow(G), deny(G, '*')], expect: 'exp identity' },
  { n: 60, caller: 'X', rp: managed, id: everything, ...key, call: viaManager, expect: 'imp resource' },
  { n: 61, caller: 'X', rp: [allow('kms:Decrypt', '*', to(B))], id: [allow(G)], ...key, expect: 'imp identity' },
  { n: 62, caller: 'X', rp: defaultKey, id: everything, ...key, expect: 'imp resource' },
  { n: 64, rp: defaultKey, id: [allow('kms:Encrypt', K)], ...key, action: 'kms:Encrypt', expect: 'ok' },
  { n: 65, rp: defaultKey, ...key, action: 'kms:Encrypt', expect: 'imp identity' },
  {
    n: 66,
    rp: [allow('kms:*', '*', to(`arn:aws:iam::${A}:user/boss`))],
    id: [allow('kms:*', '*')],
    ...key,
    action: 'kms:Encrypt',
    expect: 'imp resource',
  },
  { n: 67, rp: [allow('kms:Encrypt', '*', to(Uarn))], ...key, action: 'kms:Encrypt', expect: 'ok' },
  {
    n: 68,
    rp: [allow('kms:Encrypt', '*', to(Uarn))],
    id: [deny('kms:*', '*')],
    ...key,
    action: 'kms:Encrypt',
    expect: 'exp identity',
  },
  { n: 69, caller: 'ROOT', rp: [allow('kms:*', '*', to(Uarn))], ...key, expect: 'imp resource' },
  { n: 69, caller: 'ROOT', rp: defaultKey, ...key, expect: 'ok' },
  { n: 73, id: everything, rp: managed, ...key, expect: 'imp resource' },
  { n: 74, caller: 'R', id: [allow(G)], rp: managed, ...key, call: viaManager, expect: 'ok' },
  {
    n: 75,
    caller: 'R',
    id: [allow(G), deny('kms:Decrypt', '*')],
    rp: managed,
    ...key,
    call: viaManager,
    expect: 'exp identity',
  },
  { n: 76, caller: 'R', id: [allow(G)], rp: defaultKey, ...key, call: viaManager, expect: 'imp identity' },
  ...[undefined, 'secretsmanager.amazonaws.com'].map(
    (via): Case => ({
      n: 77,
      caller: 'R',
      rp: [
        allow('kms:*', '*', {
          ...to(A),
          ...when('StringEquals', 'kms:ViaService', 'secretsmanager.us-east-1.amazonaws.com'),
        }),
      ],
      id: [allow('kms:*', '*')],
      ...key,
      ...(via === undefined ? {} : { call: { via } }),
      expect: via === undefined ? 'imp resource' : 'ok',
    }),
  ),
  ...[S, secret('other-AbCdEf')].map(
    (arn): Case => ({
      n: 78,
      caller: 'R',
      id: [allow('kms:Decrypt', '*', when('StringEquals', 'kms:EncryptionContext:SecretARN', S))],
      rp: defaultKey,
      ...key,
      call: viaManager,
      target: { context: { 'kms:EncryptionContext:SecretARN': arn } },
      expect: arn === S ? 'ok' : 'imp identity',
    }),
  ),
  {
    n: 79,
    id: [allow('kms:Encrypt', `arn:aws:kms:us-east-1:${A}:alias/app`)],
    rp: defaultKey,
    ...key,
    action: 'kms:Encrypt',
    expect: 'imp identity',
  },
  ...['alias/app', undefined].map(
    (alias): Case => ({
      n: 80,
      id: [allow('kms:Encrypt', '*', when('StringEquals', 'kms:RequestAlias', 'alias/app'))],
      rp: defaultKey,
      ...key,
      action: 'kms:Encrypt',
      target: { context: { 'kms:RequestAlias': alias } },
      expect: alias === undefined ? 'imp identity' : 'ok',
    }),
  ),
  {
    n: 81,
    id: [allow('kms:Encrypt', '*', when('ForAnyValue:StringEquals', 'kms:ResourceAliases', 'alias/app'))],
    rp: defaultKey,
    ...key,
    action: 'kms:Encrypt',
    target: { context: { 'kms:ResourceAliases': ['alias/other', 'alias/app'] } },
    expect: 'ok',
  },
  { n: 82, id: [allow('*', '*', when('IpAddress', 'aws:SourceIp', '203.0.113.0/24'))], expect: 'ok' },
  {
    n: 82,
    id: [allow('*', '*', when('IpAddress', 'aws:SourceIp', '203.0.113.0/24'))],
    rp: defaultKey,
    ...key,
    call: viaManager,
    expect: 'imp identity',
  },
  {
    n: 83,
    id: [
      allow('*', '*', when('IpAddress', 'aws:SourceIp', '203.0.113.0/24')),
      allow('kms:*', '*', when('Bool', 'aws:ViaAWSService', true)),
    ],
    rp: defaultKey,
    ...key,
    call: viaManager,
    expect: 'ok',
  },
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
]

for (const [index, one] of cases.entries()) {
  test(`decision case ${one.n} of access.md 6 (row ${index + 1}): ${one.expect}`, () => {
    const of = (statements: readonly Element[] | undefined) =>
      statements === undefined ? [] : [policy(statements, one.version)]
    const caller: Caller = {
      ...callers[one.caller ?? 'U'],
      policies: [...of(one.id), ...of(one.group)],
      tags: new Map(Object.entries(one.tags ?? {})),
      ...(one.pb === undefined ? {} : { boundary: policy(one.pb) }),
      ...(one.sp === undefined ? {} : { sessionPolicies: of(one.sp) }),
    }
    const call: Call = {
      requestId: 'r',
      caller,
      account: caller.account,
      region: 'us-east-1',
      now: Date.UTC(2026, 10, 22),
      sourceIp: '203.0.113.7',
      userAgent: 'test',
      secure: true,
      events: [],
      ...one.call,
    }
    const target: Target = {
      resource: one.resource ?? S,
      owner: A,
      ...one.target,
      ...(one.rp === undefined ? {} : { policy: policy(one.rp) }),
    }
    const action = one.action ?? G
    const decision = decide(call, action.slice(0, action.indexOf(':')), action, target, one.rule)
    const found = decision.allowed ? 'ok' : `${decision.explicit ? 'exp' : 'imp'} ${decision.by}`
    assert.equal(found, one.expect)
  })
}
