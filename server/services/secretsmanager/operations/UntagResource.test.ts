import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOT_FOUND, trial } from '../test/trial.ts'

const SecretId = 'app/db'

test('trap 32: taking tags off a secret that never had any leaves it without', async () => {
  await using t = await trial()
  await t.made()
  await t.call('UntagResource', { SecretId, TagKeys: ['a'] })
  assert.ok(!('Tags' in (await t.call('DescribeSecret', { SecretId }))))
})

test('UntagResource takes tags off by key, case-sensitive, and ignores what is not there', async () => {
  await using t = await trial()
  await t.refused('UntagResource', { SecretId, TagKeys: ['a'] }, 'ResourceNotFoundException', NOT_FOUND)
  const Tags = ['a', 'A', 'b'].map((Key) => ({ Key, Value: 'v' }))
  await t.made(SecretId, { Tags })
  await t.call('UntagResource', { SecretId, TagKeys: ['a', 'nothing', 'B'] })
  assert.deepEqual((await t.call('DescribeSecret', { SecretId })).Tags, Tags.slice(1))
})
