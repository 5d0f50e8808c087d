import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('UntagInstanceProfile takes tags off in any spelling and keeps the role', async () => {
  await using iam = await trial()
  const InstanceProfileName = 'web'
  const Tags = ['Team', 'b'].map((Key) => ({ Key, Value: 'v' }))
  await iam.call('CreateInstanceProfile', { InstanceProfileName, Tags })
  assert.equal(await iam.call('UntagInstanceProfile', { InstanceProfileName, TagKeys: ['TEAM', 'none'] }), undefined)
  assert.deepEqual((await iam.call('ListInstanceProfileTags', { InstanceProfileName })).Tags, Tags.slice(1))
  await iam.refused('UntagInstanceProfile', { InstanceProfileName, TagKeys: ['?'] }, 'ValidationError')
  await iam.refused('UntagInstanceProfile', { InstanceProfileName: 'none', TagKeys: ['b'] }, 'NoSuchEntity')
})
