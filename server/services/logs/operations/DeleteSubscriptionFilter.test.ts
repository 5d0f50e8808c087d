import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { DeleteSubscriptionFilter } from './DeleteSubscriptionFilter.ts'
import { PutSubscriptionFilter } from './PutSubscriptionFilter.ts'

test('DeleteSubscriptionFilter takes a filter off (API_DeleteSubscriptionFilter)', async () => {
  await using one = await trial()
  await assert.rejects(one.run(DeleteSubscriptionFilter, { logGroupName: 'g', filterName: 'f' }), NO_GROUP)
  const destinationArn = 'arn:aws:lambda:us-east-1:111122223333:function:sink'
  const input = { logGroupName: 'g', filterName: 'f', filterPattern: '', destinationArn }
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(PutSubscriptionFilter, input)
  await one.run(DeleteSubscriptionFilter, { logGroupName: 'g', filterName: 'f' })
  await assert.rejects(one.run(DeleteSubscriptionFilter, { logGroupName: 'g', filterName: 'f' }), {
    message: 'The specified subscription filter does not exist.',
  })
})
