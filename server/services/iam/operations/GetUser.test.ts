import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

test('GetUser without a name is about the caller; the root user has no name (access.md 3.4)', async () => {
  await using iam = await trial()
  const { User } = await iam.call('GetUser')
  assert.equal(User.UserId, ACCOUNT)
  assert.equal(User.Arn, `arn:aws:iam::${ACCOUNT}:root`)
  assert.equal(User.UserName, undefined)
  assert.deepEqual(User.CreateDate, new Date(START))
  const alice = await iam.user('alice', document('iam:GetUser', `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`))
  assert.equal((await iam.call('GetUser', {}, alice)).User.UserName, 'alice')
})

test('GetUser finds exactly the spelling (access.md 7, 21)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.refused('GetUser', { UserName: 'Alice' }, 'NoSuchEntity', 'The user with name Alice cannot be found.')
})

test('GetUser tells callers without permission nothing', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  for (const UserName of ['alice', 'nobody']) {
    await iam.refused(
      'GetUser',
      { UserName },
      'AccessDenied',
      new RegExp(`on resource: user ${UserName} because`),
      alice,
    )
  }
})

test('GetUser and access key operations without a name are about the caller, not about who has its old name now', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:*'))
  // The caller was read before the rename: so may it be in a request that is on its way.
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'bob' })
  const other = await iam.user('alice')
  assert.equal((await iam.call('GetUser', {}, alice)).User.UserName, 'bob')
  const { AccessKeyMetadata } = await iam.call('ListAccessKeys', {}, alice)
  assert.deepEqual(
    AccessKeyMetadata.map(({ UserName, AccessKeyId }: Record<string, string>) => [UserName, AccessKeyId]),
    [['bob', alice.accessKeyId]],
  )
  await iam.call('CreateAccessKey', {}, alice)
  assert.equal((await iam.call('ListAccessKeys', { UserName: 'alice' })).AccessKeyMetadata.length, 1)
  const AccessKeyId = other.accessKeyId
  await iam.refused('UpdateAccessKey', { AccessKeyId, Status: 'Inactive' }, 'NoSuchEntity', undefined, alice)
  const narrow = { ...alice, policies: other.policies }
  const refusal = /on resource: user bob because/
  await iam.refused('GetUser', {}, 'AccessDenied', refusal, narrow)
  await iam.call('DeleteUserPolicy', { UserName: 'bob', PolicyName: 'own' })
  for (const { AccessKeyId } of (await iam.call('ListAccessKeys', { UserName: 'bob' })).AccessKeyMetadata) {
    await iam.call('DeleteAccessKey', { UserName: 'bob', AccessKeyId })
  }
  await iam.call('DeleteUser', { UserName: 'bob' })
  await iam.refused('GetUser', {}, 'NoSuchEntity', 'The user with name alice cannot be found.', alice)
})
