import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { DeleteLogGroup } from './DeleteLogGroup.ts'
import { DescribeLogGroups } from './DescribeLogGroups.ts'

test('DeleteLogGroup deletes a group that is there and not protected (API_DeleteLogGroup)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(DeleteLogGroup, { logGroupName: 'g' }), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(DeleteLogGroup, { logGroupName: 'g' }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(DeleteLogGroup, { logGroupName: 'g' })
  assert.deepEqual(await one.run(DescribeLogGroups, {}), { logGroups: [] })
  await one.run(CreateLogGroup, { logGroupName: 'g', deletionProtectionEnabled: true })
  await assert.rejects(one.run(DeleteLogGroup, { logGroupName: 'g' }), { code: 'ValidationException' })
})
