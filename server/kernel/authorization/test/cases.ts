import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '#kernel/authorization/authorize'
import type { Rule } from '#kernel/authorization/evaluate'
import { compile, compileTrust } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import type { Target } from '#kernel/operation'

/** What the decision cases of access.md section 6 are made of; names as in its legend. */

export const A = '111122223333'
export const B = '444455556666'
export const S = `arn:aws:secretsmanager:us-east-1:${A}:secret:db/pw-AbCdEf`
export const secret = (name: string) => `arn:aws:secretsmanager:us-east-1:${A}:secret:${name}`
export const K = `arn:aws:kms:us-east-1:${A}:key/11111111-2222-3333-4444-555555555555`
export const G = 'secretsmanager:GetSecretValue'
export const Uarn = `arn:aws:iam::${A}:user/alice`
export const roleArn = `arn:aws:iam::${A}:role/app`
export const session = (name: string) => `arn:aws:sts::${A}:assumed-role/app/${name}`
export const Farn = `arn:aws:sts::${A}:federated-user/bob`
export const rootOf = (account: string) => `arn:aws:iam::${account}:root`
export const Xrole = `arn:aws:iam::${B}:role/ext`
export const Xsession = `arn:aws:sts::${B}:assumed-role/ext/x1`

const none = { tags: new Map<string, string>(), policies: [] }
export const callers = {
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
  web: {
    ...none,
    kind: 'web',
    account: A,
    arn: '',
    principalArn: '',
    userId: '',
    accessKeyId: '',
    session: {
      issuedAt: 0,
      expiresAt: 1,
      issuer: { type: 'Role', principalId: '', arn: '', accountId: A },
      provider: `arn:aws:iam::${A}:oidc-provider/t.example.com`,
    },
    claims: new Map([['t.example.com:sub', 'repo:b']]),
  },
  service: {
    ...none,
    kind: 'service',
    account: '',
    arn: 'secretsmanager.amazonaws.com',
    principalArn: 'secretsmanager.amazonaws.com',
    userId: '',
    accessKeyId: '',
  },
} satisfies Record<string, Caller>

export type Element = Record<string, unknown>
export const allow = (Action: unknown, Resource: unknown = S, more: Element = {}): Element => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
export const deny = (Action: unknown, Resource: unknown = S, more: Element = {}): Element => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
})
export const when = (operator: string, key: string, values: unknown): Element => ({
  Condition: { [operator]: { [key]: values } },
})
export const to = (AWS: unknown): Element => ({ Principal: { AWS } })
export const policy = (statements: readonly Element[], version: string | undefined = '2012-10-17') =>
  compile(JSON.stringify(version === '' ? { Statement: statements } : { Version: version, Statement: statements }))

const trust = (statements: readonly Element[], bound: Case['bound'] = {}) =>
  compileTrust(JSON.stringify({ Version: '2012-10-17', Statement: statements }), new Map(Object.entries(bound)))

export interface Case {
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
  readonly rule?: Rule
  /** Trust policy of the role that is asked for; then the rule is `trust`. */
  readonly tp?: readonly Element[]
  /** The ids behind the principals of `tp`. */
  readonly bound?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  readonly call?: Partial<Call>
  readonly target?: Partial<Target>
  readonly expect: 'ok' | `imp ${string}` | `exp ${string}`
}

export const everything = [allow('*', '*')]
export const iamOnly = [allow('iam:*', '*')]
export const tagResource = 'secretsmanager:TagResource'
export const defaultKey = [allow('kms:*', '*', to(rootOf(A)))]
export const requestTags = (...keys: string[]) => ({ requestTags: new Map(keys.map((key) => [key, 'v'])) })
export const viaManager = { via: 'secretsmanager.amazonaws.com' }
export const managed = [
  allow(['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:CreateGrant', 'kms:DescribeKey'], '*', {
    ...to('*'),
    Condition: { StringEquals: { 'kms:CallerAccount': A, 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
  }),
  allow(['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'], '*', to(rootOf(A))),
]
export const key = { action: 'kms:Decrypt', resource: K, rule: 'kms' } as const

/** Runs the cases as tests. */
export function check(cases: readonly Case[]): void {
  for (const [index, one] of cases.entries()) {
    test(`decision case ${one.n} of access.md 6 (row ${index + 1}): ${one.expect}`, () => {
      assert.equal(answer(one), one.expect)
    })
  }
}

function answer(one: Case): string {
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
    ...(one.tp === undefined ? {} : { policy: trust(one.tp, one.bound) }),
  }
  const action = one.action ?? G
  const decision = decide(
    call,
    action.slice(0, action.indexOf(':')),
    action,
    target,
    one.tp === undefined ? one.rule : 'trust',
  )
  return decision.allowed ? 'ok' : `${decision.explicit ? 'exp' : 'imp'} ${decision.by}`
}
