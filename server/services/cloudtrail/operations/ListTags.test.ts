import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial } from '../test/trial.ts'

test('ListTags answers for each trail; one that is not there fails the call; each asks for its permission', async () => {
  await using t = await trial()
  await t.make('one', { TagsList: [{ Key: 'team', Value: 'blue' }] })
  await t.make('two')
  const ResourceIdList = [arnOf('one'), arnOf('two')]
  assert.deepEqual(await t.call('ListTags', { ResourceIdList }), {
    ResourceTagList: [
      { ResourceId: arnOf('one'), TagsList: [{ Key: 'team', Value: 'blue' }] },
      { ResourceId: arnOf('two'), TagsList: [] },
    ],
  })
  assert.deepEqual(
    await t.targets('ListTags', { ResourceIdList }),
    ResourceIdList.map((arn) => `cloudtrail:ListTags ${arn}`),
  )
  await t.refused('ListTags', { ResourceIdList: [arnOf('none')] }, 'ResourceNotFoundException', /none/)
  await t.refused('ListTags', { ResourceIdList, NextToken: 'x' }, 'InvalidTokenException', /NextToken/)
})
