import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('ListTagsForResource shows the tags of an instance or a cluster, by ARN', async () => {
  await using t = await trial()
  await t.register('cluster', 'pay', { engine: 'aurora-mysql', tags: new Map([['team', 'blue']]) })
  const ResourceName = `arn:aws:rds:us-east-1:${ACCOUNT}:cluster:pay`
  assert.deepEqual(await t.call('ListTagsForResource', { ResourceName }), { TagList: [{ Key: 'team', Value: 'blue' }] })
  assert.deepEqual(await t.targets('ListTagsForResource', { ResourceName }), [
    `rds:ListTagsForResource ${ResourceName}`,
  ])
  await t.refused('ListTagsForResource', { ResourceName: 'pay' }, 'InvalidParameterValue', 'Invalid resource name: pay')
})
