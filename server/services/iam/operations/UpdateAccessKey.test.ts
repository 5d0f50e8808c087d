import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('UpdateAccessKey switches a key off and on again, at once', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  const input = { UserName: 'alice', AccessKeyId: accessKeyId }
  await iam.call('UpdateAccessKey', { ...input, Status: 'Inactive' })
  assert.equal((await iam.iam.callers.find(accessKeyId))?.active, false)
  await iam.call('UpdateAccessKey', { ...input, Status: 'Active' })
  assert.equal((await iam.iam.callers.find(accessKeyId))?.active, true)
})

test('UpdateAccessKey refuses other states and keys of others (access.md 3.1, 3.5)', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  await iam.user('bob')
  await iam.refused(
    'UpdateAccessKey',
    { UserName: 'alice', AccessKeyId: accessKeyId, Status: 'Off' },
    'ValidationError',
    "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]",
  )
  await iam.refused(
    'UpdateAccessKey',
    { UserName: 'bob', AccessKeyId: accessKeyId, Status: 'Inactive' },
    'NoSuchEntity',
    `The Access Key with id ${accessKeyId} cannot be found`,
  )
  assert.equal((await iam.iam.callers.find(accessKeyId))?.active, true)
})
