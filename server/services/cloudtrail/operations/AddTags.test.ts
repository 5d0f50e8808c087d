import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial } from '../test/trial.ts'

test('AddTags sets tags by key; bad keys, a 51st tag, what is no trail are refused', async () => {
  await using t = await trial()
  await t.make('main', { TagsList: [{ Key: 'team', Value: 'blue' }] })
  const ResourceId = arnOf('main')
  await t.call('AddTags', { ResourceId, TagsList: [{ Key: 'team', Value: 'red' }, { Key: 'stage' }] })
  const { ResourceTagList } = await t.call('ListTags', { ResourceIdList: [ResourceId] })
  assert.deepEqual(ResourceTagList[0].TagsList, [
    { Key: 'team', Value: 'red' },
    { Key: 'stage', Value: '' },
  ])
  const refused = (Tags: object[], code: string, text: RegExp) =>
    t.refused('AddTags', { ResourceId, TagsList: Tags }, code, text)
  await refused([{ Key: '' }], 'InvalidTagParameterException', /1 to 128/)
  await refused([{ Key: 'aws:x' }], 'InvalidTagParameterException', /reserved/)
  await refused([{ Key: 'a\n' }], 'InvalidTagParameterException', /not allowed/)
  await refused([{ Key: 'a' }, { Key: 'a' }], 'InvalidTagParameterException', /more than once/)
  const many = Array.from({ length: 49 }, (_, at) => ({ Key: `k${at}` }))
  await refused(many, 'TagsLimitExceededException', /50/)
  const of = (ResourceId: string) => ({ ResourceId, TagsList: [{ Key: 'a' }] })
  await t.refused('AddTags', of('main'), 'CloudTrailARNInvalidException', /not a valid/)
  await t.refused('AddTags', of(arnOf('none')), 'ResourceNotFoundException', /none/)
  const store = arnOf('x').replace('trail/x', 'eventdatastore/x')
  await t.refused('AddTags', of(store), 'ResourceTypeNotSupportedException', /not supported/)
})
