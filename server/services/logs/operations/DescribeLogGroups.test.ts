import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { DescribeLogGroups } from './DescribeLogGroups.ts'

test('DescribeLogGroups finds groups by their beginning, by a part in whatever capitals, and by identifiers (API_DescribeLogGroups)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(DescribeLogGroups, {}), GROUP_ARN.replace(/g$/, ':log-stream:'))
  for (const logGroupName of ['app/One', 'app/two', 'other']) await one.run(CreateLogGroup, { logGroupName })
  const names = async (input: object) =>
    ((await one.run(DescribeLogGroups, input)) as { logGroups: { logGroupName: string }[] }).logGroups.map(
      (each) => each.logGroupName,
    )
  assert.deepEqual(await names({ logGroupNamePrefix: 'app/' }), ['app/One', 'app/two'])
  assert.deepEqual(await names({ logGroupNamePattern: 'one' }), ['app/One'])
  assert.deepEqual(await names({ logGroupIdentifiers: ['other', GROUP_ARN] }), ['other'])
  assert.deepEqual(await names({ logGroupClass: 'INFREQUENT_ACCESS' }), [])
})
