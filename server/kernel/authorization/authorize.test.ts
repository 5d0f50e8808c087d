import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, refusal } from '#kernel/authorization/authorize'
import { contextOf } from '#kernel/authorization/context'
import { AMBIGUOUS } from '#kernel/authorization/condition'
import { compile, type ContextValue } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import type { Target } from '#kernel/operation'

const A = '111122223333'
const arn = `arn:aws:iam::${A}:user/team/alice`
const user: Caller = {
  kind: 'user',
  account: A,
  arn,
  principalArn: arn,
  userId: 'AIDAX',
  userName: 'alice',
  accessKeyId: 'AKIAX',
  tags: new Map([['Team', 'red']]),
  policies: [],
}
const call: Call = {
  requestId: 'r',
  caller: user,
  account: A,
  region: 'eu-west-1',
  now: Date.UTC(2026, 2, 15, 10, 30, 0, 250),
  sourceIp: '203.0.113.7',
  userAgent: 'agent',
  secure: false,
  events: [],
}
const target: Target = {
  resource: 'arn:aws:kms:eu-west-1:444455556666:key/1',
  shown: 'key',
  owner: '444455556666',
  tags: new Map([['Env', 'prod']]),
  requestTags: new Map([['Cost', '1']]),
  context: { 'kms:RequestAlias': 'alias/a', 'kms:Absent': undefined, 'kms:ResourceAliases': ['alias/a'] },
}

test('the context has the keys of access.md 5.7 for a direct call of a user', () => {
  const context = contextOf(call, 'kms', target)
  const expected: Record<string, unknown> = {
    'aws:principalarn': arn,
    'aws:principalaccount': A,
    'aws:principaltype': 'User',
    'aws:principalisawsservice': 'false',
    'aws:principalservicename': undefined,
    'aws:userid': 'AIDAX',
    'aws:username': 'alice',
    'aws:principaltag/team': 'red',
    'aws:principaltag/none': undefined,
    'aws:currenttime': '2026-03-15T10:30:00.250Z',
    'aws:epochtime': '1773570600',
    'aws:sourceip': '203.0.113.7',
    'aws:securetransport': 'false',
    'aws:useragent': 'agent',
    'aws:requestedregion': 'eu-west-1',
    'aws:viaawsservice': 'false',
    'aws:calledvia': undefined,
    'aws:multifactorauthpresent': undefined,
    'aws:resourceaccount': '444455556666',
    'aws:resourcetag/env': 'prod',
    'kms:resourcetag/env': 'prod',
    'aws:requesttag/cost': '1',
    'aws:tagkeys': ['Cost'],
    'kms:requestalias': 'alias/a',
    'kms:absent': undefined,
    'kms:resourcealiases': ['alias/a'],
    'kms:viaservice': undefined,
    'kms:calleraccount': A,
    'aws:unknown': undefined,
    'secretsmanager:resourcetag/env': undefined,
    __proto__x: undefined,
    'aws:principaltag/__proto__': undefined,
  }
  for (const [key, value] of Object.entries(expected)) assert.deepEqual(context(key), value, key)
})

test('a forwarded call hides the address and says through whom it came (access.md 5.7)', () => {
  const context = contextOf({ ...call, via: 'secretsmanager.amazonaws.com' }, 'kms', {
    ...target,
    context: { 'kms:ViaService': 'forged', 'aws:SourceIp': '10.0.0.1', 'aws:ViaAWSService': 'false' },
  })
  assert.equal(context('aws:sourceip'), undefined)
  assert.equal(context('aws:viaawsservice'), 'true')
  assert.deepEqual(context('aws:calledvia'), ['secretsmanager.amazonaws.com'])
  assert.equal(context('aws:calledviafirst'), 'secretsmanager.amazonaws.com')
  assert.equal(context('kms:viaservice'), 'secretsmanager.eu-west-1.amazonaws.com')
})

test('temporary credentials carry aws:MultiFactorAuthPresent, roles have no aws:username', () => {
  const issuer = { type: 'Role', principalId: 'AROAX', arn, accountId: A } as const
  const session: Caller = { ...user, kind: 'role', session: { issuedAt: 0, expiresAt: 1, issuer } }
  const context = contextOf({ ...call, caller: session }, 'kms', target)
  assert.equal(context('aws:multifactorauthpresent'), 'false')
  assert.equal(context('aws:username'), undefined)
  assert.equal(context('aws:principaltype'), 'AssumedRole')
})

test('a session says when it began, who is behind it, and by which provider (access.md 5.7)', () => {
  const issuer = { type: 'Role', principalId: 'AROAX', arn, accountId: A } as const
  const provider = `arn:aws:iam::${A}:oidc-provider/t.example.com`
  const session = { issuedAt: Date.UTC(2026, 2, 15), expiresAt: 1, issuer, sourceIdentity: 'bob', provider }
  const context = contextOf({ ...call, caller: { ...user, kind: 'role', session } }, 'sts', target)
  assert.equal(context('aws:tokenissuetime'), '2026-03-15T00:00:00.000Z')
  assert.equal(context('aws:sourceidentity'), 'bob')
  assert.equal(context('aws:federatedprovider'), provider)
  const direct = contextOf(call, 'sts', target)
  for (const key of ['tokenissuetime', 'sourceidentity', 'federatedprovider']) {
    assert.equal(direct(`aws:${key}`), undefined)
  }
})

test('a web identity brings the claims of its token, and nothing that IAM would know of it', () => {
  const issuer = { type: 'Role', principalId: '', arn: '', accountId: A } as const
  const claims = new Map<string, ContextValue>([
    ['t.example.com:sub', 'repo:a'],
    ['t.example.com:amr', ['pwd', 'otp']],
    ['aws:sourcevpce', 'forged'],
    ['sts:externalid', 'forged'],
  ])
  const session = { issuedAt: 0, expiresAt: 1, issuer, provider: 'p' }
  const web: Caller = { ...user, kind: 'web', claims, session, tags: new Map() }
  const context = contextOf({ ...call, caller: web }, 'sts', { resource: arn, context: { 'sts:ExternalId': 'own' } })
  assert.equal(context('t.example.com:sub'), 'repo:a')
  assert.deepEqual(context('t.example.com:amr'), ['pwd', 'otp'])
  assert.equal(context('aws:federatedprovider'), 'p')
  assert.equal(context('aws:sourcevpce'), undefined)
  assert.equal(context('sts:externalid'), 'own')
  const unknown = 'principalarn principalaccount principaltype userid username multifactorauthpresent tokenissuetime'
  for (const key of unknown.split(' ')) assert.equal(context(`aws:${key}`), undefined, key)
})

test('only a service says for whom it asks (access.md 5.7)', () => {
  const name = 'secretsmanager.amazonaws.com'
  const service: Caller = { ...user, kind: 'service', arn: name, principalArn: name }
  const asked = { resource: '*', context: { 'aws:SourceArn': 'arn:x', 'aws:SourceAccount': A } }
  const context = contextOf({ ...call, caller: service }, 'lambda', asked)
  assert.equal(context('aws:sourcearn'), 'arn:x')
  assert.equal(context('aws:sourceaccount'), A)
  assert.equal(context('aws:principalservicename'), name)
  assert.deepEqual(context('aws:principalservicenameslist'), [name])
  assert.equal(context('aws:principalisawsservice'), 'true')
  const people = contextOf(call, 'lambda', asked)
  for (const key of ['sourcearn', 'sourceaccount', 'principalservicename', 'principalservicenameslist']) {
    assert.equal(people(`aws:${key}`), undefined, key)
  }
})

test('the refusal to assume a role speaks of its trust policy (access.md 5.6)', () => {
  const say = (explicit: boolean) =>
    refusal({ allowed: false, explicit, by: 'resource' }, call, 'sts:AssumeRole', { resource: arn, rule: 'trust' })
  const start = `User: ${arn} is not authorized to perform: sts:AssumeRole`
  assert.equal(say(false), `${start} because no role trust policy allows the sts:AssumeRole action`)
  assert.equal(say(true), `${start} with an explicit deny in the role trust policy`)
})

test('keys that differ in case only are ambiguous (kms.md 17, 11)', () => {
  const context = contextOf(call, 'kms', {
    resource: '*',
    context: { 'kms:EncryptionContext:A': '1', 'kms:EncryptionContext:a': '2' },
    tags: new Map([
      ['k', '1'],
      ['K', '2'],
    ]),
  })
  assert.equal(context('kms:encryptioncontext:a'), AMBIGUOUS)
  assert.equal(context('aws:resourcetag/k'), AMBIGUOUS)
})

test('the refusal is the sentence of access.md 5.6', () => {
  const start = `User: ${arn} is not authorized to perform: secretsmanager:GetSecretValue`
  const say = (by: 'identity' | 'resource' | 'boundary' | 'session', explicit: boolean, shown?: string) =>
    refusal({ allowed: false, by, explicit }, call, 'secretsmanager:GetSecretValue', {
      resource: '*',
      ...(shown !== undefined && { shown }),
    })
  const action = 'allows the secretsmanager:GetSecretValue action'
  assert.equal(say('identity', false, 'db'), `${start} on resource: db because no identity-based policy ${action}`)
  assert.equal(say('resource', false), `${start} because no resource-based policy ${action}`)
  assert.equal(say('boundary', false), `${start} because no permissions boundary ${action}`)
  assert.equal(say('session', false), `${start} because no session policy ${action}`)
  assert.equal(say('identity', true), `${start} with an explicit deny in an identity-based policy`)
  assert.equal(say('resource', true), `${start} with an explicit deny in a resource-based policy`)
  assert.equal(say('boundary', true), `${start} with an explicit deny in a permissions boundary`)
  assert.equal(say('session', true), `${start} with an explicit deny in a session policy`)
})

test('a target asks for another action than its operation', () => {
  const may = compile(
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:TagResource","Resource":"*"}}',
  )
  const caller = { ...user, policies: [may] }
  const ask = (action?: string) =>
    decide({ ...call, caller }, 'secretsmanager', 'secretsmanager:CreateSecret', {
      resource: '*',
      ...(action !== undefined && { action }),
    }).allowed
  assert.equal(ask(), false)
  assert.equal(ask('secretsmanager:TagResource'), true)
  assert.equal(ask('TagResource'), true)
})
