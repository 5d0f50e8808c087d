import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

const ResourceType = 'Parameter'

test('a parameter without tags has an empty list; tags of its making stand in their order', async () => {
  await using one = await trial()
  await one.put('/none')
  await one.put('/some', 'v', { Tags: ['z', 'a', 'm'].map((Key) => ({ Key, Value: Key })) })
  assert.deepEqual(await one.call('ListTagsForResource', { ResourceType, ResourceId: '/none' }), { TagList: [] })
  const { TagList } = await one.call('ListTagsForResource', { ResourceType, ResourceId: 'some' })
  assert.deepEqual(
    TagList.map(({ Key }: { Key: string }) => Key),
    ['z', 'a', 'm'],
  )
})

test('a parameter that is not there, or has expired, is InvalidResourceId, without text (trap 34)', async () => {
  await using one = await trial()
  const Timestamp = new Date(one.clock.now() + 1000).toISOString()
  const Policies = JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } }])
  await one.put('/x', 'v', { Tier: 'Advanced', Policies })
  await one.call('ListTagsForResource', { ResourceType, ResourceId: '/x' })
  one.clock.set(one.clock.now() + 1000)
  await one.refused('ListTagsForResource', { ResourceType, ResourceId: '/x' }, 'InvalidResourceId', '')
  await one.refused('ListTagsForResource', { ResourceType, ResourceId: '/y' }, 'InvalidResourceId', '')
})

test('what is no name is refused as such, not looked for', async () => {
  await using one = await trial()
  await one.refused('ListTagsForResource', { ResourceType, ResourceId: 'a/b' }, 'ValidationException', /\\"aws\\" or/)
})
