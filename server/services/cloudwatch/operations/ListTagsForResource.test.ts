import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('ListTagsForResource of an alarm without tags is empty; of none it is ResourceNotFoundException (CloudWatch’s model)', async () => {
  await using shop = await trial()
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors'
  await assert.rejects(shop.call('ListTagsForResource', { ResourceARN }), {
    code: 'ResourceNotFoundException',
    status: 404,
  })
  await shop.call('PutMetricAlarm', ALARM)
  assert.deepEqual(await shop.call('ListTagsForResource', { ResourceARN }), { Tags: [] })
})
