import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, type Trial, trial } from '../test/trial.ts'

const G = 'secretsmanager:GetSecretValue'
const S = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:db/pw-AbCdEf`
const ALICE = `arn:aws:iam::${ACCOUNT}:user/team/alice`
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
})

/** alice has an inline and an AWS policy, is in a group with both kinds, and is bounded. */
async function world(): Promise<Trial> {
  const iam = await trial()
  const make = async (PolicyName: string, PolicyDocument: string) =>
    (await iam.call('CreatePolicy', { PolicyName, PolicyDocument })).Policy.Arn
  const edge = await make('edge', document(['secretsmanager:*', 'iam:*', 'kms:ListKeys']))
  const shared = await make('shared', document('secretsmanager:DescribeSecret'))
  await iam.call('CreateUser', {
    UserName: 'alice',
    Path: '/team/',
    PermissionsBoundary: edge,
    Tags: [{ Key: 'Team', Value: 'red' }],
  })
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: document(G) })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' })
  await iam.call('CreateGroup', { GroupName: 'devs' })
  await iam.call('AddUserToGroup', { GroupName: 'devs', UserName: 'alice' })
  await iam.call('AttachGroupPolicy', { GroupName: 'devs', PolicyArn: shared })
  await iam.call('PutGroupPolicy', { GroupName: 'devs', PolicyName: 'keys', PolicyDocument: document('kms:*') })
  return iam
}

async function ask(iam: Trial, action: string, members: object = {}) {
  const input = { PolicySourceArn: ALICE, ActionNames: [action], ...members }
  return (await iam.call('SimulatePrincipalPolicy', input)).EvaluationResults[0]
}

const sources = ({ MatchedStatements }: { MatchedStatements: { SourcePolicyId: string }[] }) =>
  MatchedStatements.map(({ SourcePolicyId }) => SourcePolicyId)

test("SimulatePrincipalPolicy asks a user's own policies, those of its groups and the boundary (access.md 3.4)", async () => {
  await using iam = await world()
  const own = await ask(iam, G)
  assert.deepEqual(
    { ...own, MatchedStatements: sources(own) },
    {
      EvalActionName: G,
      EvalResourceName: '*',
      EvalDecision: 'allowed',
      MatchedStatements: ['user_alice_own'],
      MissingContextValues: [],
      OrganizationsDecisionDetail: { AllowedByOrganizations: true },
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
    },
  )
  assert.deepEqual(sources(await ask(iam, 'iam:GetUser')), ['IAMReadOnlyAccess'])
  assert.deepEqual(sources(await ask(iam, 'secretsmanager:DescribeSecret')), ['shared'])
  assert.deepEqual(sources(await ask(iam, 'kms:ListKeys')), ['group_devs_keys'])
  const bounded = await ask(iam, 'kms:Decrypt')
  assert.deepEqual(
    [bounded.EvalDecision, bounded.PermissionsBoundaryDecisionDetail],
    ['implicitDeny', { AllowedByPermissionsBoundary: false }],
  )
  const [result] = (await ask(iam, G, { ResourceArns: [S] })).ResourceSpecificResults
  assert.deepEqual(
    { ...result, MatchedStatements: sources(result) },
    {
      EvalResourceName: S,
      EvalResourceDecision: 'allowed',
      MatchedStatements: ['user_alice_own'],
      MissingContextValues: [],
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
    },
  )
})

test('SimulatePrincipalPolicy simulates roles and groups', async () => {
  await using iam = await world()
  await iam.call('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: TRUST })
  await iam.call('PutRolePolicy', { RoleName: 'app', PolicyName: 'read', PolicyDocument: document(G, S) })
  const role = await ask(iam, G, { PolicySourceArn: `arn:aws:iam::${ACCOUNT}:role/app`, ResourceArns: [S] })
  assert.deepEqual([role.EvalDecision, ...sources(role)], ['allowed', 'role_app_read'])
  const devs = { PolicySourceArn: `arn:aws:iam::${ACCOUNT}:group/devs` }
  assert.deepEqual(sources(await ask(iam, 'kms:Decrypt', devs)), ['group_devs_keys'])
  assert.equal((await ask(iam, G, devs)).EvalDecision, 'implicitDeny')
})

test('SimulatePrincipalPolicy adds policies, puts another boundary in place, and leaves policies out', async () => {
  await using iam = await world()
  const extra = { PolicyInputList: [document('secretsmanager:PutSecretValue')] }
  assert.deepEqual(sources(await ask(iam, 'secretsmanager:PutSecretValue', extra)), ['PolicyInputList.1'])
  const wide = { PermissionsBoundaryPolicyInputList: [document('kms:*')] }
  assert.equal((await ask(iam, 'kms:Decrypt', wide)).EvalDecision, 'allowed')
  assert.equal((await ask(iam, G, wide)).EvalDecision, 'implicitDeny')
  const without = async (action: string, ...PolicyExclusionList: object[]) =>
    (await ask(iam, action, { PolicyExclusionList })).EvalDecision
  assert.equal(await without(G, { PolicyType: 'user-managed' }, { PolicyType: 'scp' }), 'allowed')
  assert.equal(await without(G, { PolicyType: 'inline' }), 'implicitDeny')
  assert.equal(await without('iam:GetUser', { PolicyType: 'aws-managed' }), 'implicitDeny')
  assert.equal(await without('secretsmanager:DescribeSecret', { PolicyType: 'user-managed' }), 'implicitDeny')
  const shared = { PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/shared` }
  assert.equal(await without('secretsmanager:DescribeSecret', shared), 'implicitDeny')
  assert.equal(await without('kms:Decrypt', { PolicyType: 'permission-boundary' }), 'allowed')
  const keys = (AttachmentName: string, AttachmentType = 'group') => ({
    InlinePolicyIdentifier: { PolicyName: 'keys', AttachmentType, AttachmentName },
  })
  assert.equal(await without('kms:ListKeys', keys('d*')), 'implicitDeny')
  assert.equal(await without('kms:ListKeys', keys('de?s')), 'implicitDeny')
  assert.equal(await without('kms:ListKeys', keys('dev')), 'allowed')
  assert.equal(await without('kms:ListKeys', keys('devs', 'user')), 'allowed')
  for (const bad of [{}, { ...shared, PolicyType: 'inline' }, { PolicyArn: 'x'.repeat(20) }, keys('*d*')]) {
    const input = { PolicySourceArn: ALICE, ActionNames: [G], PolicyExclusionList: [bad] }
    await iam.refused('SimulatePrincipalPolicy', input, 'InvalidInput')
  }
})

test('SimulatePrincipalPolicy knows who calls; entries say otherwise; what lacks is said', async () => {
  await using iam = await world()
  const under = (Condition: object) => ({
    PolicyInputList: [document('a:b', '*', { Condition })],
    PermissionsBoundaryPolicyInputList: [document('*')],
  })
  const who = {
    StringEquals: { 'aws:username': 'alice', 'aws:PrincipalTag/team': 'red', 'aws:PrincipalType': 'User' },
    ArnEquals: { 'aws:PrincipalArn': ALICE },
  }
  assert.equal((await ask(iam, 'a:b', under(who))).EvalDecision, 'allowed')
  const ContextEntries = [{ ContextKeyName: 'aws:username', ContextKeyType: 'string', ContextKeyValues: ['bob'] }]
  assert.equal((await ask(iam, 'a:b', { ...under(who), ContextEntries })).EvalDecision, 'implicitDeny')
  const when = await ask(iam, 'a:b', under({ DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } }))
  assert.deepEqual([when.EvalDecision, when.MissingContextValues], ['implicitDeny', ['aws:CurrentTime']])
})

test('SimulatePrincipalPolicy: somebody else calls with these policies, and a resource names who calls', async () => {
  await using iam = await world()
  await iam.call('CreateUser', { UserName: 'bob' })
  const bob = `arn:aws:iam::${ACCOUNT}:user/bob`
  const named = (AWS: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS }, Action: 'secretsmanager:*', Resource: '*' },
    })
  const action = 'secretsmanager:PutSecretValue'
  const ask1 = async (AWS: string, more = {}) =>
    (await ask(iam, action, { ResourceArns: [S], ResourcePolicy: named(AWS), ...more })).EvalDecision
  assert.equal(await ask1(ALICE), 'allowed')
  assert.equal(await ask1(bob), 'implicitDeny')
  assert.equal(await ask1(bob, { CallerArn: bob }), 'allowed')
  assert.equal(await ask1(ALICE, { CallerArn: bob }), 'implicitDeny')
  await iam.call('TagUser', { UserName: 'bob', Tags: [{ Key: 'secret', Value: 'x' }] })
  const Condition = { StringLike: { 'aws:PrincipalTag/secret': '*' } }
  const probing = { CallerArn: bob, PolicyInputList: [document(action, '*', { Condition })] }
  assert.equal((await ask(iam, action, probing)).EvalDecision, 'implicitDeny')
  // alice's policies, as bob: recorded in no public place, said by API_SimulatePrincipalPolicy.
  assert.equal((await ask(iam, G, { CallerArn: bob })).EvalDecision, 'allowed')
})

test('SimulatePrincipalPolicy follows a new default version at once', async () => {
  await using iam = await world()
  const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/shared`
  await iam.call('CreatePolicyVersion', {
    PolicyArn,
    PolicyDocument: document('secretsmanager:ListSecrets'),
    SetAsDefault: true,
  })
  assert.equal((await ask(iam, 'secretsmanager:DescribeSecret')).EvalDecision, 'implicitDeny')
  assert.equal((await ask(iam, 'secretsmanager:ListSecrets')).EvalDecision, 'allowed')
})

test('SimulatePrincipalPolicy refuses unknown entities, sessions and root, and says nothing of other accounts (access.md 3.5)', async () => {
  await using iam = await world()
  const input = (PolicySourceArn: string) => ({ PolicySourceArn, ActionNames: [G] })
  const here = `arn:aws:iam::${ACCOUNT}`
  const missing: [string, string][] = [
    [`${here}:user/bob`, 'The user with name bob cannot be found.'],
    [`${here}:user/alice`, 'The user with name alice cannot be found.'],
    [`${here}:role/app`, 'The role with name app cannot be found.'],
    [`${here}:group/ops`, 'The group with name ops cannot be found.'],
  ]
  for (const [arn, text] of missing) await iam.refused('SimulatePrincipalPolicy', input(arn), 'NoSuchEntity', text)
  for (const arn of [`arn:aws:sts::${ACCOUNT}:assumed-role/app/s1`, `${here}:root`, `${here}:policy/shared`]) {
    // Reported by clients of IAM.
    const text = `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`
    await iam.refused('SimulatePrincipalPolicy', input(arn), 'InvalidInput', text)
  }
  for (const arn of ['arn:aws:iam::444455556666:user/alice', 'arn:aws:iam::999999999999:user/none']) {
    await iam.refused('SimulatePrincipalPolicy', input(arn), 'AccessDenied', /on resource: arn:aws:iam::\d+:user/)
  }
})

test('SimulatePrincipalPolicy needs its permission on the very entity', async () => {
  await using iam = await world()
  const eve = await iam.user('eve', document('iam:SimulatePrincipalPolicy', `arn:aws:iam::${ACCOUNT}:group/*`))
  const call = (PolicySourceArn: string) => ({ PolicySourceArn, ActionNames: [G] })
  await iam.call('SimulatePrincipalPolicy', call(`arn:aws:iam::${ACCOUNT}:group/devs`), eve)
  await iam.refused(
    'SimulatePrincipalPolicy',
    call(ALICE),
    'AccessDenied',
    new RegExp(`on resource: ${ALICE} because`),
    eve,
  )
})
