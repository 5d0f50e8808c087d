import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, START, trial } from '../test/trial.ts'

test('GetAccessKeyLastUsed says N/A for a key that was never used (access.md 3.4)', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  assert.deepEqual(await iam.call('GetAccessKeyLastUsed', { AccessKeyId: accessKeyId }), {
    UserName: 'alice',
    AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
  })
  const text = 'The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found'
  await iam.refused('GetAccessKeyLastUsed', { AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }, 'NoSuchEntity', text)
})

test('GetAccessKeyLastUsed shows a use at once, and after it was written down', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice')
  const generation = iam.storage.generation('iam')
  iam.iam.lastUsed.note(ACCOUNT, accessKeyId, 'secretsmanager', 'eu-west-1', START)
  const expected = { LastUsedDate: new Date(START), ServiceName: 'secretsmanager', Region: 'eu-west-1' }
  const used = async () => (await iam.call('GetAccessKeyLastUsed', { AccessKeyId: accessKeyId })).AccessKeyLastUsed
  assert.deepEqual(await used(), expected)
  await iam.iam.flush(iam.storage)
  iam.iam.clear()
  assert.deepEqual(await used(), expected)
  assert.equal(iam.storage.generation('iam'), generation, 'a use drops no cache')
})
