import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALARM, trial } from '../test/trial.ts'

const ARN = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors'

test('TagResource sets tags by key, at most 50, none that begins with aws: (API_TagResource of CloudWatch)', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', ALARM)
  const tag = (Tags: object[], ResourceARN = ARN) => shop.call('TagResource', { ResourceARN, Tags })
  await tag([{ Key: 'a', Value: '1' }])
  await tag([
    { Key: 'a', Value: '2' },
    { Key: 'b', Value: '' },
  ])
  assert.deepEqual((await shop.call('ListTagsForResource', { ResourceARN: ARN })).Tags, [
    { Key: 'a', Value: '2' },
    { Key: 'b', Value: '' },
  ])
  const many = Array.from({ length: 49 }, (_, n) => ({ Key: `k${n}`, Value: '' }))
  await assert.rejects(tag(many), { code: 'InvalidParameterValueException' })
  await assert.rejects(tag([{ Key: 'aws:x', Value: '' }]), { code: 'InvalidParameterValueException' })
  await assert.rejects(tag([], ARN.replace('errors', 'absent')), { code: 'ResourceNotFoundException', status: 404 })
  await assert.rejects(tag([], ARN.replace('111122223333', '444455556666')), { code: 'ResourceNotFoundException' })
  await assert.rejects(tag([], 'arn:aws:s3:::bucket'), { code: 'InvalidParameterValueException' })
})
