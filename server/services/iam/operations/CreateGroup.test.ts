import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

test('CreateGroup answers the group, GetGroup the same', async () => {
  await using iam = await trial()
  const { Group } = await iam.call('CreateGroup', { GroupName: 'Devs', Path: '/a//b/' })
  assert.match(Group.GroupId, /^AGPA[A-Z2-7]{17}$/)
  const expected = {
    Path: '/a//b/',
    GroupName: 'Devs',
    GroupId: Group.GroupId,
    Arn: `arn:aws:iam::${ACCOUNT}:group/a//b/Devs`,
    CreateDate: new Date(START),
  }
  assert.deepEqual(Group, expected)
  const found = await iam.call('GetGroup', { GroupName: 'Devs' })
  assert.deepEqual(found, { Group: expected, Users: [], IsTruncated: false })
})

test('CreateGroup takes a name once in any spelling; users and groups may have the same (access.md 2, 3.5)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'devs' })
  await iam.call('CreateGroup', { GroupName: 'devs' })
  const text = 'Group with name DEVS already exists.'
  await iam.refused('CreateGroup', { GroupName: 'DEVS' }, 'EntityAlreadyExists', text)
})

test('CreateGroup refuses names and paths that AWS refuses, and takes 128 characters (access.md 3.2, recorded)', async () => {
  await using iam = await trial()
  const missing =
    "1 validation error detected: Value null at 'groupName' failed to satisfy constraint: Member must not be null"
  await iam.refused('CreateGroup', {}, 'ValidationError', missing)
  for (const GroupName of ['', 'a b', 'a/b', 'a'.repeat(129)]) {
    await iam.refused('CreateGroup', { GroupName }, 'ValidationError')
  }
  for (const Path of ['//', 'a', '/a', '/a b/', '/\u007f/', '/ü/', '/a\n/']) {
    await iam.refused('CreateGroup', { GroupName: 'g', Path }, 'ValidationError', /^The specified value for path/)
  }
  await iam.call('CreateGroup', { GroupName: 'a'.repeat(128) })
  assert.equal((await iam.call('ListGroups')).Groups.length, 1)
})

test('CreateGroup makes no more groups than the quota (access.md 3.2)', async () => {
  await using iam = await trial({ groups: 1 })
  await iam.call('CreateGroup', { GroupName: 'a' })
  const text = 'Cannot exceed quota for GroupsPerAccount: 1'
  await iam.refused('CreateGroup', { GroupName: 'b' }, 'LimitExceeded', text)
})

test('CreateGroup is refused with the ARN of the would-be group', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:CreateGroup', `arn:aws:iam::${ACCOUNT}:group/team/*`))
  await iam.call('CreateGroup', { GroupName: 'g', Path: '/team/' }, alice)
  const refusal = /iam:CreateGroup on resource: arn:aws:iam::111122223333:group\/g because no identity-based policy/
  await iam.refused('CreateGroup', { GroupName: 'g' }, 'AccessDenied', refusal, alice)
})
