import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('UpdateUser gives another name and path; id, keys and policies stay', async () => {
  await using iam = await trial()
  const before = await iam.user('alice', document('iam:GetUser'))
  assert.equal(await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'Bob', NewPath: '/p/' }), undefined)
  const after = await iam.callerOf(before.accessKeyId)
  assert.equal(after.userId, before.userId)
  assert.equal(after.arn, `arn:aws:iam::${ACCOUNT}:user/p/Bob`)
  assert.equal((await iam.call('GetUser', {}, after)).User.UserName, 'Bob')
})

test('UpdateUser keeps boundary, tags, groups and attached policies', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document('iam:List*') })
  const { accessKeyId } = await iam.user('alice')
  await iam.call('PutUserPermissionsBoundary', { UserName: 'alice', PermissionsBoundary: Policy.Arn })
  await iam.call('TagUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: Policy.Arn })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  const { User: before } = await iam.call('GetUser', { UserName: 'alice' })
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'bob', NewPath: '/x/' })
  const { User: after } = await iam.call('GetUser', { UserName: 'bob' })
  assert.deepEqual(after, { ...before, UserName: 'bob', Path: '/x/', Arn: `arn:aws:iam::${ACCOUNT}:user/x/bob` })
  const bob = await iam.callerOf(accessKeyId)
  const { Groups } = await iam.call('ListGroupsForUser', { UserName: 'bob' }, bob)
  assert.equal(Groups.length, 1)
  assert.equal((await iam.call('ListAttachedUserPolicies', { UserName: 'bob' }, bob)).AttachedPolicies.length, 1)
  assert.equal((await iam.call('GetGroup', { GroupName: 'g' })).Users[0].UserName, 'bob')
})

test('UpdateUser may change the spelling of its own name, not take that of another', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('CreateUser', { UserName: 'bob' })
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'Alice' })
  await iam.refused('UpdateUser', { UserName: 'Alice', NewUserName: 'BOB' }, 'EntityAlreadyExists')
  await iam.refused('UpdateUser', { UserName: 'alice', NewPath: '/x/' }, 'NoSuchEntity')
})

test('UpdateUser needs permission on the old and on the new ARN', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'bob' })
  const alice = await iam.user('alice', document('iam:UpdateUser', `arn:aws:iam::${ACCOUNT}:user/bob`))
  await iam.refused('UpdateUser', { UserName: 'bob', NewPath: '/admin/' }, 'AccessDenied', /user\/admin\/bob/, alice)
})
