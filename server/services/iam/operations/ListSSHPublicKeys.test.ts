import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListSSHPublicKeys answers an empty list for a user, the caller or the root user, NoSuchEntity for others', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:ListSSHPublicKeys'))
  const empty = { SSHPublicKeys: [], IsTruncated: false }
  assert.deepEqual(await iam.call('ListSSHPublicKeys', { UserName: 'alice' }), empty)
  assert.deepEqual(await iam.call('ListSSHPublicKeys', {}, alice), empty)
  assert.deepEqual(await iam.call('ListSSHPublicKeys'), empty)
  const text = 'The user with name bob cannot be found.'
  await iam.refused('ListSSHPublicKeys', { UserName: 'bob' }, 'NoSuchEntity', text)
  await iam.refused('ListSSHPublicKeys', { Marker: '?' }, 'ValidationError', 'Invalid Marker.')
  assert.equal(
    await iam.wire('Action=ListSSHPublicKeys&UserName=alice'),
    '<SSHPublicKeys/><IsTruncated>false</IsTruncated>',
  )
})

test('ListSSHPublicKeys is about the user', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'bob' })
  const alice = await iam.user('alice', document('iam:ListSSHPublicKeys', 'arn:aws:iam::*:user/alice'))
  await iam.refused('ListSSHPublicKeys', { UserName: 'bob' }, 'AccessDenied', / on resource: user bob because/, alice)
})
