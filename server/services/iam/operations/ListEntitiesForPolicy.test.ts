import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, type Trial, trial } from '../test/trial.ts'

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
})

type Entities = Record<'PolicyGroups' | 'PolicyRoles' | 'PolicyUsers', Record<string, string>[]>
const names = ({ PolicyGroups, PolicyRoles, PolicyUsers }: Entities) => [
  ...PolicyGroups.map(({ GroupName }) => `group ${GroupName}`),
  ...PolicyRoles.map(({ RoleName }) => `role ${RoleName}`),
  ...PolicyUsers.map(({ UserName }) => `user ${UserName}`),
]

/** The policy is attached to two of each kind, and bounds `bound` and `both` of users and roles. */
async function world(iam: Trial, PolicyArn: string) {
  for (const name of ['B', 'a']) {
    await iam.call('CreateGroup', { GroupName: name, Path: '/g/' })
    await iam.call('AttachGroupPolicy', { GroupName: name, PolicyArn })
  }
  for (const [name, bound, attached] of [
    ['attached', false, true],
    ['Both', true, true],
    ['bound', true, false],
    ['none', false, false],
  ] as const) {
    const boundary = bound ? { PermissionsBoundary: PolicyArn } : {}
    await iam.call('CreateUser', { UserName: name, Path: '/u/', ...boundary })
    await iam.call('CreateRole', { RoleName: name, AssumeRolePolicyDocument: TRUST, ...boundary })
    if (!attached) continue
    await iam.call('AttachUserPolicy', { UserName: name, PolicyArn })
    await iam.call('AttachRolePolicy', { RoleName: name, PolicyArn })
  }
}

const ALL = 'group a, group B, role attached, role Both, role bound, user attached, user Both, user bound'

for (const whose of ['of the account', 'of AWS']) {
  test(`ListEntitiesForPolicy lists who a policy ${whose} is attached to and whom it bounds (access.md 3.4)`, async () => {
    await using iam = await trial()
    const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
    const PolicyArn = whose === 'of AWS' ? 'arn:aws:iam::aws:policy/ReadOnlyAccess' : Policy.Arn
    await world(iam, PolicyArn)
    const ask = async (members: object = {}) =>
      names(await iam.call('ListEntitiesForPolicy', { PolicyArn, ...members })).join(', ')
    assert.equal(await ask(), ALL)
    assert.equal(
      await ask({ PolicyUsageFilter: 'PermissionsPolicy' }),
      'group a, group B, role attached, role Both, user attached, user Both',
    )
    assert.equal(
      await ask({ PolicyUsageFilter: 'PermissionsBoundary' }),
      'role Both, role bound, user Both, user bound',
    )
    assert.equal(await ask({ EntityFilter: 'User' }), 'user attached, user Both, user bound')
    assert.equal(
      await ask({ EntityFilter: 'Role', PolicyUsageFilter: 'PermissionsPolicy' }),
      'role attached, role Both',
    )
    assert.equal(await ask({ EntityFilter: 'Group', PolicyUsageFilter: 'PermissionsBoundary' }), '')
    assert.equal(await ask({ EntityFilter: 'LocalManagedPolicy' }), '')
    assert.equal(await ask({ EntityFilter: 'AWSManagedPolicy' }), '')
    assert.equal(await ask({ PathPrefix: '/u' }), 'user attached, user Both, user bound')
    assert.equal(await ask({ PathPrefix: '/g/' }), 'group a, group B')
  })
}

test('ListEntitiesForPolicy pages through all three lists with one marker, and answers ids', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  const PolicyArn = Policy.Arn
  await world(iam, PolicyArn)
  for (const MaxItems of [1, 2, 3, 7, 8]) {
    const seen: string[] = []
    for (let Marker: string | undefined; ; ) {
      const page = await iam.call('ListEntitiesForPolicy', { PolicyArn, MaxItems, ...(Marker && { Marker }) })
      assert.equal(page.IsTruncated, page.Marker !== undefined)
      assert.ok(names(page).length <= MaxItems)
      seen.push(...names(page))
      Marker = page.Marker
      if (Marker === undefined) break
    }
    assert.equal(seen.join(', '), ALL, `${MaxItems} at a time`)
  }
  const { PolicyGroups } = await iam.call('ListEntitiesForPolicy', { PolicyArn, MaxItems: 1 })
  const { Group } = await iam.call('GetGroup', { GroupName: 'a' })
  assert.deepEqual(PolicyGroups, [{ GroupName: 'a', GroupId: Group.GroupId }])
  for (const marker of ['x:y', 'user', 'user:', 'policy:a']) {
    const foreign = { PolicyArn, Marker: Buffer.from(marker).toString('base64url') }
    await iam.refused('ListEntitiesForPolicy', foreign, 'ValidationError', 'Invalid Marker.')
  }
  const none = `${PolicyArn}x`
  await iam.refused('ListEntitiesForPolicy', { PolicyArn: none }, 'NoSuchEntity', `Policy ${none} was not found.`)
})
