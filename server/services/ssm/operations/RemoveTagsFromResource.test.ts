import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

const ResourceType = 'Parameter'
const Tags = [
  { Key: 'a', Value: '1' },
  { Key: 'A', Value: '2' },
  { Key: 'b', Value: '3' },
]

test('takes the tags with these keys, and ignores keys that are not there (parameterstore.md 7.10, recorded)', async () => {
  await using one = await trial()
  await one.put('/x', 'v', { Tags })
  const remove = (TagKeys: string[]) => one.call('RemoveTagsFromResource', { ResourceType, ResourceId: 'x', TagKeys })
  assert.deepEqual(await remove(['A', 'nobody']), {})
  const { TagList } = await one.call('ListTagsForResource', { ResourceType, ResourceId: '/x' })
  assert.deepEqual(TagList, [Tags[0], Tags[2]])
  await remove([])
  await remove(['a', 'b'])
  assert.deepEqual(await one.call('ListTagsForResource', { ResourceType, ResourceId: '/x' }), { TagList: [] })
})

test('a parameter that is not there is InvalidResourceId, without text (trap 34)', async () => {
  await using one = await trial()
  const input = { ResourceType, ResourceId: '/x', TagKeys: ['a'] }
  await one.refused('RemoveTagsFromResource', input, 'InvalidResourceId', '')
  await one.refused('RemoveTagsFromResource', { ...input, ResourceType: 'OpsItem' }, 'InvalidResourceType', '')
})

test("tags of AWS's own are taken by nobody", async () => {
  await using one = await trial()
  await one.put('/x')
  const input = { ResourceType, ResourceId: '/x', TagKeys: ['aws:cloudformation:stack-id'] }
  await one.refused('RemoveTagsFromResource', input, 'ValidationException')
})
