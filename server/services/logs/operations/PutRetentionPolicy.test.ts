import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { PutRetentionPolicy } from './PutRetentionPolicy.ts'

test('PutRetentionPolicy takes the days that the service has (API_PutRetentionPolicy)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(PutRetentionPolicy, { logGroupName: 'g' }), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(PutRetentionPolicy, { logGroupName: 'g', retentionInDays: 1 }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  for (const retentionInDays of [1, 3653]) await one.run(PutRetentionPolicy, { logGroupName: 'g', retentionInDays })
  for (const retentionInDays of [0, 2, 3654])
    await assert.rejects(one.run(PutRetentionPolicy, { logGroupName: 'g', retentionInDays }), {
      code: 'InvalidParameterException',
    })
})
