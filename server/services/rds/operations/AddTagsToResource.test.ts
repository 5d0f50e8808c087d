import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('AddTagsToResource sets tags by key; reserved keys, long ones and more than 50 are refused', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', { tags: new Map([['team', 'blue']]) })
  const ResourceName = `arn:aws:rds:us-east-1:${ACCOUNT}:db:shop`
  const add = (...Tags: object[]) => ({ ResourceName, Tags })
  await t.call('AddTagsToResource', add({ Key: 'team', Value: 'red' }, { Key: 'stage' }))
  assert.deepEqual(
    [...((await t.find('instance', 'shop'))?.tags ?? [])],
    [
      ['team', 'red'],
      ['stage', ''],
    ],
  )
  await t.refused('AddTagsToResource', add({ Key: 'AWS:x' }), 'InvalidParameterValue', /reserved/)
  await t.refused('AddTagsToResource', add({ Key: '' }), 'InvalidParameterValue', /1 to 128/)
  await t.refused('AddTagsToResource', add({ Key: 'a', Value: 'x'.repeat(257) }), 'InvalidParameterValue', /256/)
  const many = Array.from({ length: 49 }, (_, at) => ({ Key: `k${at}` }))
  await t.refused('AddTagsToResource', add(...many), 'InvalidParameterValue', /at most 50/)
})
