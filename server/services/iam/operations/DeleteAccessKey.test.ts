import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('DeleteAccessKey stops the key at once, and its id is never a key again', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  assert.equal(await iam.call('DeleteAccessKey', { UserName: 'alice', AccessKeyId: accessKeyId }), undefined)
  assert.equal(await iam.iam.callers.find(accessKeyId), undefined)
  assert.equal(await iam.iam.callers.retired(accessKeyId), true)
  await iam.refused('DeleteAccessKey', { UserName: 'alice', AccessKeyId: accessKeyId }, 'NoSuchEntity')
})

test('DeleteAccessKey without a name means a key of the caller', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  const text = `The Access Key with id ${accessKeyId} cannot be found`
  await iam.refused('DeleteAccessKey', { AccessKeyId: accessKeyId }, 'NoSuchEntity', text)
  const { AccessKey } = await iam.call('CreateAccessKey')
  await iam.call('DeleteAccessKey', { AccessKeyId: AccessKey.AccessKeyId })
  assert.equal((await iam.call('ListAccessKeys')).AccessKeyMetadata.length, 1)
})
