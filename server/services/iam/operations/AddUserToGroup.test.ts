import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

const join = { GroupName: 'g', UserName: 'alice' }

test('AddUserToGroup gives the user what the group may, from the next request on; a Deny too (access.md 6, 18, 19)', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice', document('iam:GetUser'))
  const alice = () => iam.callerOf(accessKeyId)
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'p', PolicyDocument: document('iam:ListUsers') })
  await iam.refused('ListUsers', {}, 'AccessDenied', undefined, await alice())
  assert.equal(await iam.call('AddUserToGroup', join), undefined)
  await iam.call('ListUsers', {}, await alice())

  const { Policy } = await iam.call('CreatePolicy', {
    PolicyName: 'deny',
    PolicyDocument: document('iam:GetUser', '*', { Effect: 'Deny' }),
  })
  await iam.call('GetUser', {}, await alice())
  await iam.call('AttachGroupPolicy', { GroupName: 'g', PolicyArn: Policy.Arn })
  const denied = /iam:GetUser on resource: user alice with an explicit deny in an identity-based policy$/
  await iam.refused('GetUser', {}, 'AccessDenied', denied, await alice())
  await iam.call('DetachGroupPolicy', { GroupName: 'g', PolicyArn: Policy.Arn })
  await iam.call('GetUser', {}, await alice())

  await iam.call('RemoveUserFromGroup', join)
  await iam.refused('ListUsers', {}, 'AccessDenied', undefined, await alice())
})

test('AddUserToGroup twice is as once, also at the quota of ten groups (access.md 3.2)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  for (let n = 0; n < 11; n++) await iam.call('CreateGroup', { GroupName: `g${n}` })
  for (let n = 0; n < 10; n++) await iam.call('AddUserToGroup', { GroupName: `g${n}`, UserName: 'alice' })
  await iam.call('AddUserToGroup', { GroupName: 'g3', UserName: 'alice' })
  const text = 'Cannot exceed quota for GroupsPerUser: 10'
  await iam.refused('AddUserToGroup', { GroupName: 'g10', UserName: 'alice' }, 'LimitExceeded', text)
  assert.equal((await iam.call('ListGroupsForUser', { UserName: 'alice' })).Groups.length, 10)
})

test('AddUserToGroup answers NoSuchEntity for a group or user that is not there (access.md 3.5)', async () => {
  await using iam = await trial()
  await iam.refused('AddUserToGroup', join, 'NoSuchEntity', 'The group with name g cannot be found.')
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.refused('AddUserToGroup', join, 'NoSuchEntity', 'The user with name alice cannot be found.')
})

test('A user that is made again is not in the groups of its namesake', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('AddUserToGroup', join)
  await iam.refused('DeleteUser', { UserName: 'alice' }, 'DeleteConflict')
  await iam.call('RemoveUserFromGroup', join)
  await iam.call('DeleteUser', { UserName: 'alice' })
  await iam.call('CreateUser', { UserName: 'alice' })
  assert.deepEqual((await iam.call('GetGroup', { GroupName: 'g' })).Users, [])
})

test('AddUserToGroup is about the group: who may change one may not join another', async () => {
  await using iam = await trial()
  for (const GroupName of ['mine', 'admins']) await iam.call('CreateGroup', { GroupName })
  const alice = await iam.user('alice', document('iam:AddUserToGroup', 'arn:aws:iam::*:group/mine'))
  await iam.call('AddUserToGroup', { GroupName: 'mine', UserName: 'alice' }, alice)
  const refusal = /iam:AddUserToGroup on resource: group admins because/
  await iam.refused('AddUserToGroup', { GroupName: 'admins', UserName: 'alice' }, 'AccessDenied', refusal, alice)
})
