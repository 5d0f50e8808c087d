import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListServiceSpecificCredentials answers an empty list for a user, the caller or the root user, NoSuchEntity for others', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:ListServiceSpecificCredentials'))
  const empty = { ServiceSpecificCredentials: [], IsTruncated: false }
  assert.deepEqual(await iam.call('ListServiceSpecificCredentials', { UserName: 'alice' }), empty)
  assert.deepEqual(await iam.call('ListServiceSpecificCredentials', {}, alice), empty)
  assert.deepEqual(await iam.call('ListServiceSpecificCredentials'), empty)
  const text = 'The user with name bob cannot be found.'
  await iam.refused('ListServiceSpecificCredentials', { UserName: 'bob' }, 'NoSuchEntity', text)
  await iam.refused('ListServiceSpecificCredentials', { Marker: '?' }, 'ValidationError', 'Invalid Marker.')
  assert.equal(
    await iam.wire('Action=ListServiceSpecificCredentials&UserName=alice'),
    '<ServiceSpecificCredentials/><IsTruncated>false</IsTruncated>',
  )
})

test('ListServiceSpecificCredentials is about the user', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'bob' })
  const alice = await iam.user('alice', document('iam:ListServiceSpecificCredentials', 'arn:aws:iam::*:user/alice'))
  await iam.refused(
    'ListServiceSpecificCredentials',
    { UserName: 'bob' },
    'AccessDenied',
    / on resource: user bob because/,
    alice,
  )
})

test('ListServiceSpecificCredentials with AllUsers is about all users', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:List*', 'arn:aws:iam::*:user/alice'))
  await iam.call('ListServiceSpecificCredentials', {}, alice)
  const refusal = /on resource: arn:aws:iam::111122223333:user\/ because/
  await iam.refused('ListServiceSpecificCredentials', { AllUsers: true }, 'AccessDenied', refusal, alice)
  const all = await iam.call('ListServiceSpecificCredentials', { AllUsers: true, ServiceName: 'bedrock.amazonaws.com' })
  assert.deepEqual(all, { ServiceSpecificCredentials: [], IsTruncated: false })
})
