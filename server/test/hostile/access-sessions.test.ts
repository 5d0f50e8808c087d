import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { allow, codeOf, deny, documentOf, keysOf, outcome, READ, siege, trusting } from './siege.ts'
import { garrison } from './garrison.ts'

/**
 * Sessions that are narrow stay so, whoever holds them: no policy, tag, chain or other operation of STS makes more of them.
 * Sources: access.md 4.1, 4.3, 5.5, 7 (24, 25).
 */

const place = await siege()
const { account, root, person, rule, call, secretOf } = place
const { iam } = root
const DENIED = 'AccessDeniedException'

const { read, role, user, assume } = await garrison(place)

test('a session policy narrows and never widens, by text and by ARN', async () => {
  const { arn, permit } = await role(allow(READ, secretOf('db-*')))
  const everything = { Policy: documentOf(allow('*')) }
  const admin = { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }] }
  for (const more of [everything, admin, { ...everything, ...admin }]) {
    const keys = await assume(arn, more)
    assert.equal(await read(keys), '200')
    assert.equal(await read(keys, 'other'), DENIED)
    assert.equal(outcome(await call(keys, 'iam:ListUsers')), 'AccessDenied')
  }
  await permit(allow('*'))
  const narrow = await assume(arn, { Policy: documentOf(allow(READ, secretOf('db-*')), allow('sts:*')) })
  assert.equal(await read(narrow), '200')
  assert.equal(await read(narrow, 'other'), DENIED)
  assert.equal(outcome(await call(narrow, 'iam:ListUsers')), 'AccessDenied')
  const none = await assume(arn, { Policy: documentOf(allow('sts:GetCallerIdentity')) })
  assert.equal(await read(none), DENIED)
  const denying = await assume(arn, { Policy: documentOf(allow('*'), deny(READ)), ...admin })
  assert.equal(await read(denying), DENIED)
  assert.equal(outcome(await call(denying, 'iam:ListUsers')), '200')
  // A policy of its own account that is gone narrows to nothing; it does not let go.
  const { Policy } = await iam.createPolicy({ PolicyName: 'narrow', PolicyDocument: documentOf(allow(READ)) })
  const by = await assume(arn, { PolicyArns: [{ arn: Policy?.Arn ?? '' }] })
  assert.equal(await read(by), '200')
  await iam.deletePolicy({ PolicyArn: Policy?.Arn ?? '' })
  assert.equal(await read(by), DENIED)
  await iam.createPolicy({ PolicyName: 'narrow', PolicyDocument: documentOf(allow('iam:*')) })
  assert.equal(await read(by), DENIED)
})

test('out of a narrow session there is no way into a wide one', async () => {
  const wide = await role(allow('*'))
  const Policy = documentOf(allow(READ, secretOf('db-*')))
  const narrow = await assume(wide.arn, { Policy })
  const again = { RoleArn: wide.arn, RoleSessionName: 'again' }
  assert.equal(outcome(await call(narrow, 'sts:AssumeRole', again)), 'AccessDenied')
  // The role is trusted by name, itself: that names the sessions too, but their session policy still bounds them.
  await iam.updateAssumeRolePolicy({ RoleName: wide.name, PolicyDocument: trusting([wide.arn, user.arn]) })
  assert.equal(outcome(await call(narrow, 'sts:AssumeRole', again)), 'AccessDenied')
  assert.equal(outcome(await call(await assume(wide.arn), 'sts:AssumeRole', again)), '200')
  const denied = await assume(wide.arn, { Policy: documentOf(allow('*'), deny('sts:AssumeRole')) })
  assert.equal(outcome(await call(denied, 'sts:AssumeRole', again)), 'AccessDenied')
  for (const action of ['sts:GetSessionToken', 'sts:GetFederationToken']) {
    assert.equal(outcome(await call(narrow, action, { Name: 'here', Policy: documentOf(allow('*')) })), 'AccessDenied')
  }
  // Nor by IAM.
  const change = { RoleName: wide.name, PolicyName: 'own', PolicyDocument: documentOf(allow('*')) }
  assert.equal(outcome(await call(narrow, 'iam:PutRolePolicy', change)), 'AccessDenied')
  assert.equal(outcome(await call(narrow, 'iam:CreateAccessKey', { UserName: user.name })), 'AccessDenied')
})

test('sessions of a user and federated users: not to IAM, not to more of STS, and none without a policy', async () => {
  const admin = await person([allow('*')])
  const session = keysOf((await admin.sts.getSessionToken({})).Credentials)
  const everything = documentOf(allow('*'))
  const federated = keysOf((await admin.sts.getFederationToken({ Name: 'here', Policy: everything })).Credentials)
  const bare = keysOf((await admin.sts.getFederationToken({ Name: 'here' })).Credentials)
  const ofRoot = keysOf((await root.sts.getFederationToken({ Name: 'here' })).Credentials)
  assert.equal(await read(federated), '200')
  for (const keys of [bare, ofRoot]) assert.equal(await read(keys), DENIED)
  for (const keys of [session, federated, bare, ofRoot]) {
    for (const [action, input] of [
      ['iam:ListUsers', {}],
      ['iam:CreateAccessKey', { UserName: admin.name }],
      ['iam:GetUser', {}],
      ['sts:GetSessionToken', {}],
      ['sts:GetFederationToken', { Name: 'again' }],
    ] as const) {
      const code = outcome(await call(keys, action, input))
      assert.notEqual(code, '200', action)
    }
    assert.equal(outcome(await call(keys, 'sts:GetCallerIdentity')), '200')
  }
  assert.equal(
    outcome(
      await call(federated, 'sts:AssumeRole', {
        RoleArn: 'arn:aws:iam::111122223333:role/role-1',
        RoleSessionName: 'x1',
      }),
    ),
    'AccessDenied',
  )
})

test('transitive tags go along a chain and are not replaced, in whatever spelling', async () => {
  const first = await role(allow('sts:*'))
  const second = await role(allow(READ, '*', { StringEquals: { 'aws:PrincipalTag/team': 'red' } }))
  await iam.tagRole({ RoleName: second.name, Tags: [{ Key: 'team', Value: 'red' }] })
  const blue = await assume(first.arn, { Tags: [{ Key: 'Team', Value: 'blue' }], TransitiveTagKeys: ['Team'] })
  const chained = { RoleArn: second.arn, RoleSessionName: 'there' }
  for (const Key of ['team', 'Team', 'TEAM', 'tEaM']) {
    const answer = await call(blue, 'sts:AssumeRole', { ...chained, Tags: [{ Key, Value: 'red' }] })
    assert.equal(outcome(answer), 'InvalidParameterValue', Key)
  }
  const answer = await call(blue, 'sts:AssumeRole', chained)
  assert.equal(outcome(answer), '200', answer.text)
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.text)?.[1] ?? ''
  const keys = {
    accessKeyId: element('AccessKeyId'),
    secretAccessKey: element('SecretAccessKey'),
    sessionToken: element('SessionToken'),
  }
  assert.equal(await read(keys), DENIED)
  // Without the tag of the chain the role's own counts.
  assert.equal(await read(await assume(second.arn)), '200')
})

test('a role is not begun by who sets tags or a source identity that the trust policy does not let them', async () => {
  const RoleName = 'strict'
  const AssumeRolePolicyDocument = documentOf(
    { Effect: 'Allow', Principal: { AWS: user.arn }, Action: 'sts:AssumeRole' },
    {
      Effect: 'Allow',
      Principal: { AWS: user.arn },
      Action: 'sts:TagSession',
      Condition: {
        StringEquals: { 'aws:RequestTag/team': 'red' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
      },
    },
  )
  await iam.createRole({ RoleName, AssumeRolePolicyDocument })
  await rule(user.name, allow('secretsmanager:ListSecrets'))
  const RoleArn = `arn:aws:iam::${account}:role/${RoleName}`
  const tag = (Key: string, Value: string) => ({ Key, Value })
  for (const [more, allowed] of [
    [{}, true],
    [{ Tags: [tag('team', 'red')] }, true],
    [{ Tags: [tag('team', 'blue')] }, false],
    [{ Tags: [tag('team', 'RED')] }, false],
    [{ Tags: [tag('team', 'red'), tag('admin', 'yes')] }, false],
    [{ Tags: [tag('TEAM', 'red')] }, false],
    [{ Tags: [tag('admin', 'yes')] }, false],
    [{ SourceIdentity: 'somebody' }, false],
  ] as const) {
    const Tags = 'Tags' in more ? [...more.Tags] : undefined
    const asked = assume(RoleArn, { ...more, ...(Tags && { Tags }) } as Partial<AssumeRoleCommandInput>)
    if (allowed) assert.ok(await asked)
    else assert.equal(await codeOf(asked), 'AccessDenied', JSON.stringify(more))
  }
  await rule(user.name, allow('sts:*'))
})
