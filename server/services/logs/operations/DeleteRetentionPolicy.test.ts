import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { DeleteRetentionPolicy } from './DeleteRetentionPolicy.ts'
import { PutRetentionPolicy } from './PutRetentionPolicy.ts'

test('DeleteRetentionPolicy keeps events for ever again (API_DeleteRetentionPolicy)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(DeleteRetentionPolicy, { logGroupName: 'g' }), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(DeleteRetentionPolicy, { logGroupName: 'g' }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(PutRetentionPolicy, { logGroupName: 'g', retentionInDays: 7 })
  await one.run(DeleteRetentionPolicy, { logGroupName: 'g' })
  const [group] = await one.unit(({ groups }) => groups.list(one.cell, 'g', '', 1))
  assert.equal(group?.retentionDays, undefined)
})
