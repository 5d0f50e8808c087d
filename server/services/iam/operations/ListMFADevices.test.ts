import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListMFADevices answers an empty list for a user, the caller or the root user, NoSuchEntity for others', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:ListMFADevices'))
  const empty = { MFADevices: [], IsTruncated: false }
  assert.deepEqual(await iam.call('ListMFADevices', { UserName: 'alice' }), empty)
  assert.deepEqual(await iam.call('ListMFADevices', {}, alice), empty)
  assert.deepEqual(await iam.call('ListMFADevices'), empty)
  const text = 'The user with name bob cannot be found.'
  await iam.refused('ListMFADevices', { UserName: 'bob' }, 'NoSuchEntity', text)
  await iam.refused('ListMFADevices', { Marker: '?' }, 'ValidationError', 'Invalid Marker.')
  assert.equal(await iam.wire('Action=ListMFADevices&UserName=alice'), '<MFADevices/><IsTruncated>false</IsTruncated>')
})

test('ListMFADevices is about the user', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'bob' })
  const alice = await iam.user('alice', document('iam:ListMFADevices', 'arn:aws:iam::*:user/alice'))
  await iam.refused('ListMFADevices', { UserName: 'bob' }, 'AccessDenied', / on resource: user bob because/, alice)
})
