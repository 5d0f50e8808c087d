import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { DescribeSubscriptionFilters } from './DescribeSubscriptionFilters.ts'
import { PutSubscriptionFilter } from './PutSubscriptionFilter.ts'

test('DescribeSubscriptionFilters shows who is sent events (API_DescribeSubscriptionFilters)', async () => {
  await using one = await trial()
  await assert.rejects(one.run(DescribeSubscriptionFilters, { logGroupName: 'g' }), NO_GROUP)
  const destinationArn = 'arn:aws:lambda:us-east-1:111122223333:function:sink'
  const input = { logGroupName: 'g', filterName: 'f', filterPattern: '', destinationArn }
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(PutSubscriptionFilter, input)
  assert.deepEqual(await one.run(DescribeSubscriptionFilters, { logGroupName: 'g' }), {
    subscriptionFilters: [
      { ...input, distribution: 'ByLogStream', applyOnTransformedLogs: false, creationTime: one.clock.now() },
    ],
  })
  const none = { logGroupName: 'g', filterNamePrefix: 'x' }
  assert.deepEqual(await one.run(DescribeSubscriptionFilters, none), { subscriptionFilters: [] })
})
