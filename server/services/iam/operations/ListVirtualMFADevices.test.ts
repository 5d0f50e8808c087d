import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('ListVirtualMFADevices answers an empty list', async () => {
  await using iam = await trial()
  const empty = { VirtualMFADevices: [], IsTruncated: false }
  assert.deepEqual(await iam.call('ListVirtualMFADevices', { AssignmentStatus: 'Any' }), empty)
  await iam.refused('ListVirtualMFADevices', { AssignmentStatus: 'Some' }, 'ValidationError')
  const alice = await iam.user('alice')
  const refusal = /on resource: arn:aws:iam::111122223333:mfa\/ because/
  await iam.refused('ListVirtualMFADevices', {}, 'AccessDenied', refusal, alice)
})
