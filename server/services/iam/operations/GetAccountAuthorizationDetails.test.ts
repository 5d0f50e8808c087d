import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, type Trial, trial, trust } from '../test/trial.ts'

const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess'
const EDGE = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

async function world() {
  const iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', {
    PolicyName: 'Mine',
    PolicyDocument: document('a:b'),
    Description: 'what it is',
  })
  await iam.call('CreatePolicyVersion', { PolicyArn: Policy.Arn, PolicyDocument: document('a:c') })
  const Tags = [{ Key: 'k', Value: 'v' }]
  await iam.call('CreateUser', { UserName: 'alice', Path: '/x/', PermissionsBoundary: EDGE, Tags })
  await iam.call('CreateUser', { UserName: 'Bob' })
  await iam.call('CreateGroup', { GroupName: 'team' })
  await iam.call('AddUserToGroup', { GroupName: 'team', UserName: 'alice' })
  await iam.call('PutGroupPolicy', { GroupName: 'team', PolicyName: 'g', PolicyDocument: document('g:g') })
  await iam.call('AttachGroupPolicy', { GroupName: 'team', PolicyArn: ADMIN })
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'u', PolicyDocument: document('u:u') })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: Policy.Arn })
  const document2 = trust(`arn:aws:iam::${ACCOUNT}:user/x/alice`)
  await iam.call('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: document2, Tags })
  await iam.call('PutRolePolicy', { RoleName: 'app', PolicyName: 'r', PolicyDocument: document('r:r') })
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'host' })
  await iam.call('AddRoleToInstanceProfile', { InstanceProfileName: 'host', RoleName: 'app' })
  return { iam, mine: Policy, [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose]() }
}

// biome-ignore lint/suspicious/noExplicitAny: the assertions look at the members
const read = (text: string): any => JSON.parse(decodeURIComponent(text))

test('GetAccountAuthorizationDetails tells all of everybody, documents percent-encoded (access.md 3.4)', async () => {
  await using it = await world()
  const { iam, mine } = it
  const all = await iam.call('GetAccountAuthorizationDetails')
  assert.equal(all.IsTruncated, false)
  const [alice, bob] = all.UserDetailList
  assert.match(alice.UserPolicyList[0].PolicyDocument, /^%7B%22Version%22/)
  assert.equal(read(alice.UserPolicyList[0].PolicyDocument).Statement.Action, 'u:u')
  assert.deepEqual(alice, {
    Path: '/x/',
    UserName: 'alice',
    UserId: alice.UserId,
    Arn: `arn:aws:iam::${ACCOUNT}:user/x/alice`,
    CreateDate: new Date(START),
    UserPolicyList: [{ PolicyName: 'u', PolicyDocument: alice.UserPolicyList[0].PolicyDocument }],
    GroupList: ['team'],
    AttachedManagedPolicies: [{ PolicyName: 'Mine', PolicyArn: mine.Arn }],
    PermissionsBoundary: { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: EDGE },
    Tags: [{ Key: 'k', Value: 'v' }],
  })
  assert.deepEqual(
    [bob.UserName, bob.UserPolicyList, bob.GroupList, bob.AttachedManagedPolicies, 'PermissionsBoundary' in bob],
    ['Bob', [], [], [], false],
  )

  const [team] = all.GroupDetailList
  assert.equal(read(team.GroupPolicyList[0].PolicyDocument).Statement.Action, 'g:g')
  assert.deepEqual(team.AttachedManagedPolicies, [{ PolicyName: 'AdministratorAccess', PolicyArn: ADMIN }])
  assert.deepEqual([team.GroupName, team.GroupPolicyList.length, 'Tags' in team], ['team', 1, false])

  const [app] = all.RoleDetailList
  assert.equal(read(app.AssumeRolePolicyDocument).Statement.Principal.AWS, alice.Arn)
  assert.equal(read(app.RolePolicyList[0].PolicyDocument).Statement.Action, 'r:r')
  assert.deepEqual(
    [app.RoleName, app.RoleLastUsed, app.AttachedManagedPolicies, app.Tags],
    ['app', {}, [], [{ Key: 'k', Value: 'v' }]],
  )
  assert.equal(app.InstanceProfileList[0].InstanceProfileName, 'host')
  assert.equal(app.InstanceProfileList[0].Roles[0].RoleName, 'app')

  const [own, ...theirs] = all.Policies
  assert.deepEqual(
    own.PolicyVersionList.map(({ Document, VersionId, IsDefaultVersion }: Record<string, never>) => [
      read(Document as unknown as string).Statement.Action,
      VersionId,
      IsDefaultVersion,
    ]),
    [
      ['a:c', 'v2', false],
      ['a:b', 'v1', true],
    ],
  )
  assert.deepEqual(
    [own.Arn, own.Description, own.AttachmentCount, own.DefaultVersionId],
    [mine.Arn, 'what it is', 1, 'v1'],
  )
  // Of AWS's policies those in use: attached ones, and boundaries.
  const used = theirs.map(({ Arn }: { Arn: string }) => Arn)
  assert.deepEqual(used, [ADMIN, EDGE])
})

const names = (out: Record<string, Record<string, string>[]>) =>
  [
    ...(out.UserDetailList ?? []).map(({ UserName }) => `user ${UserName}`),
    ...(out.GroupDetailList ?? []).map(({ GroupName }) => `group ${GroupName}`),
    ...(out.RoleDetailList ?? []).map(({ RoleName }) => `role ${RoleName}`),
    ...(out.Policies ?? []).map(({ PolicyName }) => `policy ${PolicyName}`),
  ] as string[]

async function walk(iam: Trial, sizes: readonly number[], Filter?: readonly string[]): Promise<string[]> {
  const found: string[] = []
  let Marker: string | undefined
  for (let n = 0; n < 20; n++) {
    const MaxItems = sizes[n % sizes.length] as number
    const page = await iam.call('GetAccountAuthorizationDetails', {
      MaxItems,
      ...(Marker && { Marker }),
      ...(Filter && { Filter }),
    })
    const on = names(page)
    assert.ok(on.length <= MaxItems)
    assert.equal(page.IsTruncated, page.Marker !== undefined)
    found.push(...on)
    Marker = page.Marker
    if (Marker === undefined) return found
    assert.equal(on.length, MaxItems)
  }
  assert.fail('the pages do not end')
}

const EVERYTHING = [
  'user alice',
  'user Bob',
  'group team',
  'role app',
  'policy Mine',
  'policy AdministratorAccess',
  'policy ReadOnlyAccess',
]

test('one marker pages across the lists, whatever the size of the pages (access.md 3.1, 3.4)', async () => {
  await using it = await world()
  const { iam } = it
  for (const sizes of [[1], [2], [3], [1, 4, 2], [6], [7], [1000]]) assert.deepEqual(await walk(iam, sizes), EVERYTHING)
})

test('Filter leaves out what is not asked for', async () => {
  await using it = await world()
  const { iam } = it
  const cases: readonly [readonly string[], readonly string[]][] = [
    [['User'], EVERYTHING.slice(0, 2)],
    [['Group', 'Role'], EVERYTHING.slice(2, 4)],
    [['LocalManagedPolicy'], EVERYTHING.slice(4, 5)],
    [
      ['AWSManagedPolicy', 'User'],
      [...EVERYTHING.slice(0, 2), ...EVERYTHING.slice(5)],
    ],
    [[], EVERYTHING],
  ]
  for (const [filter, expected] of cases) {
    assert.deepEqual(await walk(iam, [1], filter), expected)
    assert.deepEqual(await walk(iam, [100], filter), expected)
  }
})

test('GetAccountAuthorizationDetails refuses foreign filters and markers', async () => {
  await using iam = await trial()
  await iam.refused('GetAccountAuthorizationDetails', { Filter: ['Policy'] }, 'ValidationError', /enum value set/)
  for (const marker of ['alice', '9:alice', '0:', ':']) {
    const Marker = Buffer.from(marker).toString('base64url')
    await iam.refused('GetAccountAuthorizationDetails', { Marker }, 'ValidationError', 'Invalid Marker.')
  }
  const alice = await iam.user('alice', document('iam:GetUser'))
  const text = /perform: iam:GetAccountAuthorizationDetails on resource: \* because/
  await iam.refused('GetAccountAuthorizationDetails', {}, 'AccessDenied', text, alice)
})

test('nothing forged is told', async () => {
  await using it = await world()
  const { iam } = it
  for (const sql of [
    `update iam_user set boundary = null where name = 'alice'`,
    `update iam_policy_version set document = replace(document, 'a:c', '*')`,
    `update iam_role set trust = replace(trust, 'alice', 'mallory')`,
    `update iam_inline_policy set document = replace(document, 'u:u', '*')`,
    `delete from iam_policy where name = 'Mine'`,
    `delete from iam_group`,
    `update iam_attachment set policy_key = 'aws:readonlyaccess' where policy_key = 'mine'`,
    `update iam_member set member = (select id from iam_user where name = 'Bob')`,
  ]) {
    const before = await iam.call('GetAccountAuthorizationDetails')
    assert.equal(before.UserDetailList.length, 2)
    const change = iam.storage.unit('write', async (unit) => {
      assert.ok((await unit.run({ name: `test/${sql}`, sql }, {})) > 0)
      const { service } = iam.iam
      const call = iam.request()
      const operation = service.operations.GetAccountAuthorizationDetails
      await operation?.run({}, service.env(unit, call), call)
    })
    // Thrown inside of the unit, so that the change is taken back.
    await assert.rejects(change, /not as this server wrote it|is missing/, sql)
  }
})
