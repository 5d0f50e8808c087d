import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('ListAccessKeys lists state and date of the keys, never a secret', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  await iam.call('UpdateAccessKey', { UserName: 'alice', AccessKeyId: accessKeyId, Status: 'Inactive' })
  await iam.call('CreateAccessKey', { UserName: 'alice' })
  const { AccessKeyMetadata, IsTruncated } = await iam.call('ListAccessKeys', { UserName: 'alice' })
  assert.equal(IsTruncated, false)
  assert.equal(AccessKeyMetadata.length, 2)
  const one = AccessKeyMetadata.find((key: { AccessKeyId: string }) => key.AccessKeyId === accessKeyId)
  assert.deepEqual(Object.keys(one).sort(), ['AccessKeyId', 'CreateDate', 'Status', 'UserName'])
  assert.equal(one.Status, 'Inactive')
})

test('ListAccessKeys without a name lists the caller, page by page', async () => {
  await using iam = await trial()
  await iam.call('CreateAccessKey')
  const first = await iam.call('ListAccessKeys', { MaxItems: 1 })
  const rest = await iam.call('ListAccessKeys', { MaxItems: 1, Marker: first.Marker })
  assert.equal(first.IsTruncated, true)
  assert.equal(rest.IsTruncated, false)
  assert.notEqual(first.AccessKeyMetadata[0].AccessKeyId, rest.AccessKeyMetadata[0].AccessKeyId)
  await iam.refused('ListAccessKeys', { UserName: 'nobody' }, 'NoSuchEntity')
})
