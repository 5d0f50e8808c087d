// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { allow, deny, documentOf, type Keys, outcome, READ, siege, trusting } from './siege.ts'

/**
 * The ways from a few permissions to all: policies, versions, keys, groups, roles. Boundaries have tests of their own.
 * Sources: access.md 3, 5.5, 5.7, 7 (41).
 */

const { server, account, root, person, rule, call } = await siege()
const { iam, secrets } = root
const DENIED = 'AccessDenied'
const SECRET = { SecretId: 'db' }
const ALL = documentOf(allow('*'))
const at = (resource: string) => `arn:aws:iam::${account}:${resource}`
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess'

let boundary = ''
let harmless = ''

before(async () => {
  await secrets.createSecret({ Name: 'db', SecretString: 'value' })
  await iam.createUser({ UserName: 'boss' })
  await iam.attachUserPolicy({ UserName: 'boss', PolicyArn: ADMIN })
  await iam.createGroup({ GroupName: 'bosses' })
  await iam.attachGroupPolicy({ GroupName: 'bosses', PolicyArn: ADMIN })
  await iam.createRole({ RoleName: 'boss', AssumeRolePolicyDocument: trusting(at('user/boss')) })
  await iam.attachRolePolicy({ RoleName: 'boss', PolicyArn: ADMIN })
  await iam.createInstanceProfile({ InstanceProfileName: 'machine' })
  const bound = await iam.createPolicy({
    PolicyName: 'bound',
    PolicyDocument: documentOf(allow(['secretsmanager:ListSecrets', 'iam:*', 'sts:*'])),
  })
  boundary = bound.Policy?.Arn ?? ''
  harmless =
    (await iam.createPolicy({ PolicyName: 'harmless', PolicyDocument: documentOf(allow('iam:GetUser')) })).Policy
      ?.Arn ?? ''
  await iam.createPolicyVersion({ PolicyArn: harmless, PolicyDocument: ALL })
})

type Ask = readonly [action: string, input: Readonly<Record<string, unknown>>]

/** What somebody might try who wants more; `self`: the own name. */
const climbs = (self: string): readonly Ask[] => [
  ['iam:PutUserPolicy', { UserName: self, PolicyName: 'mine', PolicyDocument: ALL }],
  ['iam:AttachUserPolicy', { UserName: self, PolicyArn: ADMIN }],
  ['iam:AddUserToGroup', { UserName: self, GroupName: 'bosses' }],
  ['iam:CreateAccessKey', { UserName: 'boss' }],
  ['iam:CreateAccessKey', {}],
  ['iam:CreateLoginProfile', { UserName: 'boss', Password: 'Right-Horse-1' }],
  ['iam:UpdateLoginProfile', { UserName: 'boss', Password: 'Right-Horse-1' }],
  ['iam:UpdateAccessKey', { UserName: 'boss', AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA', Status: 'Active' }],
  ['iam:CreatePolicyVersion', { PolicyArn: harmless, PolicyDocument: ALL, SetAsDefault: true }],
  ['iam:SetDefaultPolicyVersion', { PolicyArn: harmless, VersionId: 'v2' }],
  ['iam:CreatePolicyVersion', { PolicyArn: boundary, PolicyDocument: ALL, SetAsDefault: true }],
  ['iam:PutGroupPolicy', { GroupName: 'bosses', PolicyName: 'mine', PolicyDocument: ALL }],
  ['iam:AttachGroupPolicy', { GroupName: 'bosses', PolicyArn: ADMIN }],
  ['iam:PutRolePolicy', { RoleName: 'boss', PolicyName: 'mine', PolicyDocument: ALL }],
  ['iam:AttachRolePolicy', { RoleName: 'boss', PolicyArn: ADMIN }],
  ['iam:UpdateAssumeRolePolicy', { RoleName: 'boss', PolicyDocument: trusting(account) }],
  ['iam:CreateRole', { RoleName: 'mine', AssumeRolePolicyDocument: trusting(account) }],
  ['iam:CreateUser', { UserName: 'mine' }],
  ['iam:CreatePolicy', { PolicyName: 'mine', PolicyDocument: ALL }],
  ['iam:DeleteUserPermissionsBoundary', { UserName: self }],
  ['iam:PutUserPermissionsBoundary', { UserName: self, PermissionsBoundary: ADMIN }],
  ['iam:DeleteUserPolicy', { UserName: self, PolicyName: 'own' }],
  ['iam:DetachUserPolicy', { UserName: self, PolicyArn: harmless }],
  ['iam:UpdateUser', { UserName: self, NewUserName: 'boss2' }],
  ['iam:TagUser', { UserName: self, Tags: [{ Key: 'team', Value: 'red' }] }],
  ['iam:UntagUser', { UserName: self, TagKeys: ['team'] }],
  ['iam:AddRoleToInstanceProfile', { InstanceProfileName: 'machine', RoleName: 'boss' }],
  ['iam:UpdateAccountPasswordPolicy', {}],
  ['iam:CreateOpenIDConnectProvider', { Url: 'https://evil.example', ThumbprintList: ['a'.repeat(40)] }],
  ['sts:AssumeRole', { RoleArn: at('role/boss'), RoleSessionName: 'here' }],
]

const ask = async (keys: Keys, [action, input]: Ask) => outcome(await call(keys, action, input))

test('nobody climbs without the permission for that very step', async () => {
  const user = await person()
  for (const climb of climbs(user.name)) assert.equal(await ask(user.keys, climb), DENIED, climb[0])
  // Nor by a permission whose name begins the same, or which is for something else.
  await rule(
    user.name,
    allow(['iam:Get*', 'iam:List*', 'iam:Create', 'iam:Put', 'iam:Simulate*', 'iam:*Summary', 'sts:GetCallerIdentity']),
    allow('iam:*', at('user/nobody')),
    allow('iam:*', at('user/*/nobody')),
    allow('iam:*', `arn:aws:iam::444455556666:*`),
    allow('secretsmanager:*'),
  )
  for (const climb of climbs(user.name)) assert.equal(await ask(user.keys, climb), DENIED, climb[0])
})

test('where an explicit deny stands, no other permission helps', async () => {
  const user = await person([
    allow('*'),
    deny([
      'iam:Put*',
      'iam:Attach*',
      'iam:Create*',
      'iam:Set*',
      'iam:Update*',
      'iam:Add*',
      'iam:Delete*',
      'iam:Detach*',
      'iam:*Tag*',
      'sts:AssumeRole',
    ]),
  ])
  for (const climb of climbs(user.name)) assert.equal(await ask(user.keys, climb), DENIED, climb[0])
})

test('keys of one’s own: for oneself only, whether the name is said or not', async () => {
  const user = await person([
    allow(
      ['iam:CreateAccessKey', 'iam:DeleteAccessKey', 'iam:ListAccessKeys', 'iam:UpdateAccessKey'],
      at('user/${aws:username}'),
    ),
  ])
  const made = await user.iam.createAccessKey({})
  assert.equal(made.AccessKey?.UserName, user.name)
  assert.equal(outcome(await call(user.keys, 'iam:ListAccessKeys', { UserName: user.name })), '200')
  for (const UserName of ['boss', user.name.toUpperCase(), `${user.name}x`, 'nobody']) {
    for (const action of ['iam:CreateAccessKey', 'iam:ListAccessKeys']) {
      assert.equal(outcome(await call(user.keys, action, { UserName })), DENIED, `${action} ${UserName}`)
    }
  }
  // A key of somebody else's is not one's own because one says so.
  const boss = await iam.createAccessKey({ UserName: 'boss' })
  const AccessKeyId = boss.AccessKey?.AccessKeyId ?? ''
  for (const input of [{ AccessKeyId }, { AccessKeyId, UserName: user.name }]) {
    assert.equal(outcome(await call(user.keys, 'iam:DeleteAccessKey', input)), 'NoSuchEntity')
    assert.equal(
      outcome(await call(user.keys, 'iam:UpdateAccessKey', { ...input, Status: 'Inactive' })),
      'NoSuchEntity',
    )
  }
  assert.equal((await iam.listAccessKeys({ UserName: 'boss' })).AccessKeyMetadata?.[0]?.Status, 'Active')
  await iam.deleteAccessKey({ UserName: 'boss', AccessKeyId })
  // Who may rename himself needs the permission for both names. Source: API_UpdateUser.
  await rule(user.name, allow('iam:*', at('user/${aws:username}')))
  assert.equal(outcome(await call(user.keys, 'iam:UpdateUser', { UserName: user.name, NewUserName: 'boss2' })), DENIED)
})

test('versions of a policy: making one, making it the default, and both are different permissions', async () => {
  const user = await person([allow('iam:CreatePolicyVersion', harmless)])
  const version = { PolicyArn: harmless, PolicyDocument: ALL }
  assert.equal(
    outcome(await call(user.keys, 'iam:SetDefaultPolicyVersion', { PolicyArn: harmless, VersionId: 'v2' })),
    DENIED,
  )
  assert.equal(outcome(await call(user.keys, 'iam:CreatePolicyVersion', { ...version, PolicyArn: boundary })), DENIED)
  assert.equal(outcome(await call(user.keys, 'iam:CreatePolicyVersion', version)), '200')
  assert.equal((await iam.getPolicy({ PolicyArn: harmless })).Policy?.DefaultVersionId, 'v1')
  // AWS's own policies are nobody's to change, not root's either.
  for (const keys of [user.keys, server.credentials]) {
    for (const [action, input] of [
      ['iam:CreatePolicyVersion', { ...version, PolicyArn: ADMIN }],
      ['iam:SetDefaultPolicyVersion', { PolicyArn: ADMIN, VersionId: 'v1' }],
      ['iam:DeletePolicy', { PolicyArn: ADMIN }],
    ] as const) {
      assert.match(
        outcome(await call(keys, action, input)),
        /^(AccessDenied|InvalidInput|NoSuchEntity|UnmodifiableEntity)$/,
        action,
      )
    }
  }
})

test('a role is passed by who may pass it, to the service that he may pass it to', async () => {
  const user = await person()
  const add = () =>
    call(user.keys, 'iam:AddRoleToInstanceProfile', { InstanceProfileName: 'machine', RoleName: 'boss' })
  const profile = allow('iam:AddRoleToInstanceProfile')
  for (const statements of [
    [profile],
    [profile, allow('iam:PassRole', at('role/other'))],
    [profile, allow('iam:PassRole', at('role/Boss'))],
    [profile, allow('iam:PassRole', at('instance-profile/*'))],
    [profile, allow('iam:PassRole', '*', { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } })],
    [profile, allow('iam:PassRole'), deny('iam:PassRole', at('role/b*'))],
    [allow('iam:PassRole')],
  ]) {
    await rule(user.name, ...statements)
    assert.equal(outcome(await add()), DENIED, JSON.stringify(statements))
  }
  await rule(
    user.name,
    profile,
    allow('iam:PassRole', at('role/boss'), { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
  )
  assert.equal(outcome(await add()), '200')
  await iam.removeRoleFromInstanceProfile({ InstanceProfileName: 'machine', RoleName: 'boss' })
})

test('conditions on tags of who is changed and of the change hold for each of them', async () => {
  await iam.createUser({ UserName: 'red', Tags: [{ Key: 'team', Value: 'red' }] })
  await iam.createUser({ UserName: 'blue', Tags: [{ Key: 'team', Value: 'blue' }] })
  const user = await person([
    allow(['iam:CreateAccessKey', 'iam:TagUser', 'iam:UntagUser'], '*', {
      StringEquals: { 'aws:ResourceTag/team': 'red' },
    }),
    deny(['iam:TagUser', 'iam:UntagUser'], '*', { 'ForAnyValue:StringEqualsIgnoreCase': { 'aws:TagKeys': 'team' } }),
  ])
  for (const [action, input, allowed] of [
    ['iam:CreateAccessKey', { UserName: 'red' }, true],
    ['iam:CreateAccessKey', { UserName: 'blue' }, false],
    ['iam:TagUser', { UserName: 'red', Tags: [{ Key: 'a', Value: 'b' }] }, true],
    ['iam:TagUser', { UserName: 'red', Tags: [{ Key: 'team', Value: 'blue' }] }, false],
    [
      'iam:TagUser',
      {
        UserName: 'red',
        Tags: [
          { Key: 'a', Value: 'b' },
          { Key: 'TEAM', Value: 'blue' },
        ],
      },
      false,
    ],
    ['iam:TagUser', { UserName: 'blue', Tags: [{ Key: 'team', Value: 'red' }] }, false],
    ['iam:UntagUser', { UserName: 'red', TagKeys: ['Team'] }, false],
    ['iam:TagUser', { UserName: user.name, Tags: [{ Key: 'x', Value: 'red' }] }, false],
  ] as const) {
    assert.equal(
      outcome(await call(user.keys, action, input)),
      allowed ? '200' : DENIED,
      `${action} ${JSON.stringify(input)}`,
    )
  }
})

test('a resource policy gives what it says, and cannot be put by whom it would let in', async () => {
  const user = await person([allow('secretsmanager:DescribeSecret')])
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: user.arn }, Action: 'secretsmanager:*', Resource: '*' },
  })
  assert.equal(
    outcome(await call(user.keys, 'secretsmanager:PutResourcePolicy', { ...SECRET, ResourcePolicy })),
    'AccessDeniedException',
  )
  await secrets.createSecret({ Name: 'shared', SecretString: 'x' })
  const reading = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: user.arn },
      Action: ['secretsmanager:GetSecretValue'],
      Resource: '*',
    },
  })
  await secrets.putResourcePolicy({ SecretId: 'shared', ResourcePolicy: reading })
  assert.equal(outcome(await call(user.keys, READ, { SecretId: 'shared' })), '200')
  // `*` in a secret's policy is that secret, and nothing beside it.
  assert.equal(outcome(await call(user.keys, READ, SECRET)), 'AccessDeniedException')
  assert.equal(
    outcome(
      await call(user.keys, 'secretsmanager:PutSecretValue', {
        SecretId: 'shared',
        SecretString: 'y',
        ClientRequestToken: 'a'.repeat(32),
      }),
    ),
    'AccessDeniedException',
  )
  assert.equal(
    outcome(await call(user.keys, 'secretsmanager:DeleteResourcePolicy', { SecretId: 'shared' })),
    'AccessDeniedException',
  )
  // A statement about another secret has no effect from here.
  const other = (await secrets.describeSecret(SECRET)).ARN
  const elsewhere = reading.replace('"Resource":"*"', `"Resource":"${other}"`)
  const put = await call(server.credentials, 'secretsmanager:PutResourcePolicy', {
    SecretId: 'shared',
    ResourcePolicy: elsewhere,
  })
  if (outcome(put) === '200') assert.equal(outcome(await call(user.keys, READ, SECRET)), 'AccessDeniedException')
})
