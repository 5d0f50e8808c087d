import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { PutLogGroupDeletionProtection } from './PutLogGroupDeletionProtection.ts'

test('PutLogGroupDeletionProtection is kept (API_PutLogGroupDeletionProtection)', async () => {
  await using one = await trial()
  assert.equal(
    await one.resource(PutLogGroupDeletionProtection, { logGroupIdentifier: 'g' }),
    `${GROUP_ARN}:log-stream:`,
  )
  await assert.rejects(
    one.run(PutLogGroupDeletionProtection, { logGroupIdentifier: 'g', deletionProtectionEnabled: true }),
    NO_GROUP,
  )
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(PutLogGroupDeletionProtection, { logGroupIdentifier: GROUP_ARN, deletionProtectionEnabled: true })
  const [group] = await one.unit(({ groups }) => groups.list(one.cell, 'g', '', 1))
  assert.equal(group?.guarded, true)
})
