import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('ListInstanceProfileTags pages in the order of the keys', async () => {
  await using iam = await trial()
  const InstanceProfileName = 'web'
  const Tags = ['b', 'A', 'c'].map((Key) => ({ Key, Value: 'v' }))
  await iam.call('CreateInstanceProfile', { InstanceProfileName, Tags })
  const keys = (out: { Tags: { Key: string }[] }) => out.Tags.map(({ Key }) => Key)
  const first = await iam.call('ListInstanceProfileTags', { InstanceProfileName, MaxItems: 2 })
  assert.deepEqual([keys(first), first.IsTruncated], [['A', 'b'], true])
  const rest = await iam.call('ListInstanceProfileTags', { InstanceProfileName, Marker: first.Marker })
  assert.deepEqual([keys(rest), rest.IsTruncated], [['c'], false])
  await iam.refused('ListInstanceProfileTags', { InstanceProfileName: 'none' }, 'NoSuchEntity')
})
