import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial, trust } from '../test/trial.ts'

const names = (out: { Roles: { RoleName: string }[] }) => out.Roles.map(({ RoleName }) => RoleName)

test('ListRoles pages in the order of names; a marker goes on with another MaxItems (access.md 3.1, recorded)', async () => {
  await using iam = await trial()
  for (const RoleName of ['d', 'B', 'a', 'C']) await role(iam, RoleName)
  const first = await iam.call('ListRoles', { MaxItems: 1 })
  assert.deepEqual([names(first), first.IsTruncated], [['a'], true])
  const rest = await iam.call('ListRoles', { MaxItems: 3, Marker: first.Marker })
  assert.deepEqual([names(rest), rest.IsTruncated, rest.Marker], [['B', 'C', 'd'], false, undefined])
  await iam.refused('ListRoles', { Marker: '?' }, 'ValidationError', 'Invalid Marker.')
})

test('ListRoles shows the longest session, but no tags, boundary and last use (access.md 3.4)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document() })
  const more = { PermissionsBoundary: Policy.Arn, Tags: [{ Key: 'k', Value: 'v' }], Description: 'd' }
  const { Tags, PermissionsBoundary, ...made } = await role(iam, 'app', undefined, { Path: '/x/y/', ...more })
  await role(iam, 'other')
  const found = await iam.call('ListRoles', { PathPrefix: '/x' })
  assert.deepEqual(found, { Roles: [{ ...made, Description: 'd', MaxSessionDuration: 3600 }], IsTruncated: false })
  assert.equal(await iam.wire('Action=ListRoles&PathPrefix=%2Fnone'), '<Roles/><IsTruncated>false</IsTruncated>')
})

test('ListRoles shows who is gone by the id, and is asked for all roles', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:ListRoles', 'arn:aws:iam::111122223333:role/*'))
  const text = /iam:ListRoles on resource: arn:aws:iam::111122223333:role\/ because/
  await iam.refused('ListRoles', {}, 'AccessDenied', text, alice)
  await iam.call('CreateUser', { UserName: 'bob' })
  const { UserId, Arn } = (await iam.call('GetUser', { UserName: 'bob' })).User
  for (const RoleName of ['a', 'b']) await role(iam, RoleName, trust(Arn))
  await iam.call('DeleteUser', { UserName: 'bob' })
  const { Roles } = await iam.call('ListRoles')
  for (const { AssumeRolePolicyDocument } of Roles) {
    assert.equal(decodeURIComponent(AssumeRolePolicyDocument), trust(UserId))
  }
})
