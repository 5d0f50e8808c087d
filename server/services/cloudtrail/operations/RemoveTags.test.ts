import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial } from '../test/trial.ts'

test('RemoveTags takes tags off by key, one with a value only when it is that one', async () => {
  await using t = await trial()
  const ResourceId = arnOf('main')
  const TagsList = ['a', 'b', 'c'].map((Key) => ({ Key, Value: 'x' }))
  await t.make('main', { TagsList })
  await t.call('RemoveTags', {
    ResourceId,
    TagsList: [{ Key: 'a' }, { Key: 'b', Value: 'y' }, { Key: 'c', Value: 'x' }],
  })
  const { ResourceTagList } = await t.call('ListTags', { ResourceIdList: [ResourceId] })
  assert.deepEqual(ResourceTagList[0].TagsList, [{ Key: 'b', Value: 'x' }])
})
