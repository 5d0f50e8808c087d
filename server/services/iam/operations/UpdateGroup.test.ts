import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('UpdateGroup gives another name and path; id, users and policies stay', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  const { Group } = await iam.call('CreateGroup', { GroupName: 'devs' })
  await iam.call('PutGroupPolicy', { GroupName: 'devs', PolicyName: 'p', PolicyDocument: document('iam:ListUsers') })
  await iam.call('AddUserToGroup', { GroupName: 'devs', UserName: 'alice' })
  const change = { GroupName: 'devs', NewGroupName: 'Ops', NewPath: '/p/' }
  assert.equal(await iam.call('UpdateGroup', change), undefined)
  const found = await iam.call('GetGroup', { GroupName: 'Ops' })
  assert.deepEqual([found.Group.GroupId, found.Group.Arn], [Group.GroupId, `arn:aws:iam::${ACCOUNT}:group/p/Ops`])
  assert.equal(found.Users.length, 1)
  await iam.call('ListUsers', {}, await iam.callerOf(alice.accessKeyId))
  await iam.refused('GetGroup', { GroupName: 'devs' }, 'NoSuchEntity')
})

test('UpdateGroup may change the spelling of its own name, not take that of another', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'a' })
  await iam.call('CreateGroup', { GroupName: 'b' })
  await iam.call('UpdateGroup', { GroupName: 'a', NewGroupName: 'A' })
  const text = 'Group with name B already exists.'
  await iam.refused('UpdateGroup', { GroupName: 'A', NewGroupName: 'B' }, 'EntityAlreadyExists', text)
  await iam.refused('UpdateGroup', { GroupName: 'a', NewPath: '/x/' }, 'NoSuchEntity')
  await iam.refused('UpdateGroup', { GroupName: 'A', NewPath: '/x' }, 'ValidationError')
})

test('UpdateGroup needs permission on the old and on the new ARN (API_UpdateGroup)', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  const alice = await iam.user('alice', document('iam:UpdateGroup', `arn:aws:iam::${ACCOUNT}:group/g`))
  await iam.refused('UpdateGroup', { GroupName: 'g', NewPath: '/x/' }, 'AccessDenied', /group\/x\/g because/, alice)
})
