import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

test('UntagResource takes tags off by key, and passes over keys that are not there (API_UntagResource of CloudWatch)', async () => {
  await using shop = await trial()
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors'
  await shop.call('PutMetricAlarm', {
    ...ALARM,
    Tags: [
      { Key: 'a', Value: '' },
      { Key: 'b', Value: '' },
    ],
  })
  await shop.call('UntagResource', { ResourceARN, TagKeys: ['a', 'absent'] })
  assert.deepEqual((await shop.call('ListTagsForResource', { ResourceARN })).Tags, [{ Key: 'b', Value: '' }])
})
