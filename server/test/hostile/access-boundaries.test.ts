import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { formDraft, signed } from '../registry/client.ts'
import { allow, deny, documentOf, type Keys, outcome, READ, siege, trusting } from './siege.ts'

/**
 * Who makes principals under a boundary makes none that may do more than he. Sources: access.md 5.5, 5.7; IAM User Guide,
 * "Delegating responsibility to others using permissions boundaries".
 */

const { server, account, root, person, call, send, entry, clients } = await siege()
const { iam, secrets } = root
const DENIED = 'AccessDenied'
const SECRET = { SecretId: 'db' }
const ALL = documentOf(allow('*'))
const at = (resource: string) => `arn:aws:iam::${account}:${resource}`
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess'

let boundary = ''

before(async () => {
  await secrets.createSecret({ Name: 'db', SecretString: 'value' })
  await iam.createUser({ UserName: 'boss' })
  await iam.createGroup({ GroupName: 'bosses' })
  await iam.attachGroupPolicy({ GroupName: 'bosses', PolicyArn: ADMIN })
  await iam.createRole({ RoleName: 'boss', AssumeRolePolicyDocument: trusting(at('user/boss')) })
  await iam.attachRolePolicy({ RoleName: 'boss', PolicyArn: ADMIN })
  const PolicyDocument = documentOf(allow(['secretsmanager:ListSecrets', 'iam:*', 'sts:*']))
  boundary = (await iam.createPolicy({ PolicyName: 'bound', PolicyDocument })).Policy?.Arn ?? ''
})

type Ask = readonly [action: string, input: Readonly<Record<string, unknown>>]

const ask = async (keys: Keys, [action, input]: Ask) => outcome(await call(keys, action, input))

/** Delegation as the User Guide has it: who makes principals must give them the boundary, and can't touch it. */
const delegation = () => [
  allow(
    [
      'iam:CreateUser',
      'iam:DeleteUserPolicy',
      'iam:AttachUserPolicy',
      'iam:DetachUserPolicy',
      'iam:PutUserPermissionsBoundary',
      'iam:PutUserPolicy',
      'iam:CreateRole',
      'iam:AttachRolePolicy',
      'iam:PutRolePolicy',
      'iam:PutRolePermissionsBoundary',
    ],
    '*',
    { StringEquals: { 'iam:PermissionsBoundary': boundary } },
  ),
  allow(
    ['iam:CreateAccessKey', 'iam:DeleteUser', 'iam:UpdateAssumeRolePolicy', 'sts:AssumeRole'],
    [at('user/mine*'), at('role/mine*')],
  ),
  allow([
    'iam:AddUserToGroup',
    'iam:CreatePolicy',
    'iam:TagUser',
    'iam:CreatePolicyVersion',
    'iam:SetDefaultPolicyVersion',
    'iam:DeletePolicy',
  ]),
  deny(
    ['iam:CreatePolicyVersion', 'iam:DeletePolicy', 'iam:DeletePolicyVersion', 'iam:SetDefaultPolicyVersion'],
    boundary,
  ),
  deny(['iam:DeleteUserPermissionsBoundary', 'iam:DeleteRolePermissionsBoundary']),
]

test('who must give a boundary gives it: no other, no other spelling, none beside it', async () => {
  const user = await person(delegation())
  await iam.putUserPermissionsBoundary({ UserName: user.name, PermissionsBoundary: boundary })
  const twin = (await iam.createPolicy({ PolicyName: 'bound2', PolicyDocument: ALL })).Policy?.Arn ?? ''
  const make = (more: object) => call(user.keys, 'iam:CreateUser', { UserName: 'mine-1', ...more })
  for (const PermissionsBoundary of [
    ADMIN,
    twin,
    boundary.toUpperCase(),
    boundary.replace('bound', 'Bound'),
    `${boundary} `,
    `${boundary}/`,
    boundary.replace(':policy/', ':policy//'),
    boundary.replace(':policy/', ':policy/./'),
    `${boundary}*`,
    boundary.replace(account, '*'),
    boundary.replace(account, 'aws'),
    boundary.replace(account, ''),
  ]) {
    assert.match(outcome(await make({ PermissionsBoundary })), /^(AccessDenied|ValidationError)$/, PermissionsBoundary)
    const put = { UserName: user.name, PermissionsBoundary }
    assert.match(
      outcome(await call(user.keys, 'iam:PutUserPermissionsBoundary', put)),
      /^(AccessDenied|ValidationError)$/,
    )
  }
  for (const more of [
    {},
    { permissionsBoundary: boundary },
    { 'iam:PermissionsBoundary': boundary },
    { PermissionsBoundary: { member: boundary } },
    { 'PermissionsBoundary.member.1': boundary },
    { Tags: [{ Key: 'iam:PermissionsBoundary', Value: 'x' }] },
  ]) {
    assert.match(outcome(await make(more)), /^(AccessDenied|ValidationError|MalformedInput)$/, JSON.stringify(more))
  }
  // The parameter twice: what was decided on is what is done, or nothing is.
  const { service } = entry('iam:CreateUser')
  for (const [first, second] of [
    [boundary, ADMIN],
    [ADMIN, boundary],
    [boundary, ''],
  ] as const) {
    const draft = formDraft(service, 'CreateUser', [
      ['UserName', 'mine-twice'],
      ['PermissionsBoundary', first],
      ['PermissionsBoundary', second],
    ])
    const signing = { credentials: user.keys, service: 'iam', at: server.clock.now() }
    const answer = await send(signed(server.port, draft, signing))
    if (outcome(answer) !== '200') continue
    const { User } = await iam.getUser({ UserName: 'mine-twice' })
    assert.equal(User?.PermissionsBoundary?.PermissionsBoundaryArn, boundary)
    await iam.deleteUser({ UserName: 'mine-twice' })
  }
  assert.equal(outcome(await make({ PermissionsBoundary: boundary })), '200')
})

test('who is bounded makes nobody who may do more, not by any way round', async () => {
  const user = await person(delegation())
  await iam.putUserPermissionsBoundary({ UserName: user.name, PermissionsBoundary: boundary })
  await iam.createUser({ UserName: 'mine-free' })
  await iam.createRole({ RoleName: 'mine-free', AssumeRolePolicyDocument: trusting(at('user/boss')) })
  const done = async (...asked: Ask) => assert.equal(await ask(user.keys, asked), '200', asked[0])
  const refused = async (...asked: Ask) => assert.equal(await ask(user.keys, asked), DENIED, JSON.stringify(asked))
  const PolicyDocument = ALL

  // Who has not the boundary is not given anything.
  await refused('iam:PutUserPolicy', { UserName: 'mine-free', PolicyName: 'all', PolicyDocument })
  await refused('iam:AttachUserPolicy', { UserName: 'mine-free', PolicyArn: ADMIN })
  await refused('iam:PutRolePolicy', { RoleName: 'mine-free', PolicyName: 'all', PolicyDocument })
  await refused('iam:AttachRolePolicy', { RoleName: 'mine-free', PolicyArn: ADMIN })
  await refused('iam:CreateRole', { RoleName: 'mine-role', AssumeRolePolicyDocument: trusting(account) })
  await refused('iam:CreateAccessKey', { UserName: 'boss' })
  await refused('iam:UpdateAssumeRolePolicy', { RoleName: 'boss', PolicyDocument: trusting(account) })
  // The boundary itself is out of reach.
  await refused('iam:CreatePolicyVersion', { PolicyArn: boundary, PolicyDocument, SetAsDefault: true })
  await refused('iam:SetDefaultPolicyVersion', { PolicyArn: boundary, VersionId: 'v1' })
  await refused('iam:DeletePolicy', { PolicyArn: boundary })
  await refused('iam:DeleteUserPermissionsBoundary', { UserName: user.name })
  await refused('iam:DeleteRolePermissionsBoundary', { RoleName: 'mine-free' })
  await refused('iam:PutUserPermissionsBoundary', { UserName: user.name, PermissionsBoundary: ADMIN })

  // A user, a role and a member of a group with all permissions: within the boundary still.
  await done('iam:CreateUser', { UserName: 'mine-user', PermissionsBoundary: boundary })
  await done('iam:PutUserPolicy', { UserName: 'mine-user', PolicyName: 'all', PolicyDocument })
  await done('iam:AttachUserPolicy', { UserName: 'mine-user', PolicyArn: ADMIN })
  await done('iam:AddUserToGroup', { UserName: 'mine-user', GroupName: 'bosses' })
  const key = await call(user.keys, 'iam:CreateAccessKey', { UserName: 'mine-user' })
  const element = (text: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? ''
  const made: Keys = {
    accessKeyId: element(key.text, 'AccessKeyId'),
    secretAccessKey: element(key.text, 'SecretAccessKey'),
  }
  await done('iam:CreateRole', {
    RoleName: 'mine-role',
    AssumeRolePolicyDocument: trusting(account),
    PermissionsBoundary: boundary,
  })
  await done('iam:AttachRolePolicy', { RoleName: 'mine-role', PolicyArn: ADMIN })
  const assumed = await call(user.keys, 'sts:AssumeRole', { RoleArn: at('role/mine-role'), RoleSessionName: 'here' })
  const session: Keys = {
    accessKeyId: element(assumed.text, 'AccessKeyId'),
    secretAccessKey: element(assumed.text, 'SecretAccessKey'),
    sessionToken: element(assumed.text, 'SessionToken'),
  }
  // And so is who made them, however much he gives himself, by policy or by group.
  await done('iam:PutUserPolicy', { UserName: user.name, PolicyName: 'more', PolicyDocument })
  await done('iam:AddUserToGroup', { UserName: user.name, GroupName: 'bosses' })
  for (const keys of [made, session, user.keys]) {
    assert.equal(outcome(await call(keys, 'secretsmanager:ListSecrets')), '200')
    assert.equal(outcome(await call(keys, READ, SECRET)), 'AccessDeniedException')
    assert.equal(outcome(await call(keys, 'kms:ListKeys')), 'AccessDeniedException')
  }
  // A federated user, or a session of the bounded: no more than that.
  const client = clients(made)
  const { Credentials } = await client.sts.getFederationToken({ Name: 'here', Policy: ALL })
  const federated: Keys = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  assert.equal(outcome(await call(federated, READ, SECRET)), 'AccessDeniedException')
  assert.equal(outcome(await call(federated, 'secretsmanager:ListSecrets')), '200')
})

test('a boundary that is deleted under somebody leaves him nothing, or is not deleted', async () => {
  const user = await person([allow('*')])
  const { Policy } = await iam.createPolicy({ PolicyName: 'fleeting', PolicyDocument: documentOf(allow(READ)) })
  const PolicyArn = Policy?.Arn ?? ''
  await iam.putUserPermissionsBoundary({ UserName: user.name, PermissionsBoundary: PolicyArn })
  assert.equal(outcome(await call(user.keys, READ, SECRET)), '200')
  const deleted = outcome(await call(server.credentials, 'iam:DeletePolicy', { PolicyArn }))
  assert.equal(deleted, 'DeleteConflict')
  assert.equal(outcome(await call(user.keys, 'iam:ListUsers')), DENIED)
})
