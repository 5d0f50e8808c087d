import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { PutSubscriptionFilter } from './PutSubscriptionFilter.ts'

test('PutSubscriptionFilter takes two functions that let the service in (API_PutSubscriptionFilter)', async () => {
  await using one = await trial()
  const destinationArn = 'arn:aws:lambda:us-east-1:111122223333:function:sink'
  const input = { logGroupName: 'g', filterName: 'f', filterPattern: '', destinationArn }
  assert.equal(await one.resource(PutSubscriptionFilter, input), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(PutSubscriptionFilter, input), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(PutSubscriptionFilter, input)
  await assert.rejects(one.run(PutSubscriptionFilter, { ...input, destinationArn: `${destinationArn}:closed` }), {
    message:
      'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  })
  for (const wrong of [
    { destinationArn: 'arn:aws:kinesis:us-east-1:111122223333:stream/x' },
    { roleArn: 'arn:aws:iam::1:role/x' },
  ])
    await assert.rejects(one.run(PutSubscriptionFilter, { ...input, ...wrong }), { code: 'InvalidParameterException' })
  await one.run(PutSubscriptionFilter, { ...input, filterName: 'second' })
  await assert.rejects(one.run(PutSubscriptionFilter, { ...input, filterName: 'third' }), {
    code: 'LimitExceededException',
  })
})
