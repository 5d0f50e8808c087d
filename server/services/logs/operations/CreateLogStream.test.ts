import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { CreateLogStream } from './CreateLogStream.ts'

test('CreateLogStream makes a stream once, in a group that is there (API_CreateLogStream)', async () => {
  await using one = await trial()
  const input = { logGroupName: 'g', logStreamName: 's' }
  assert.equal(await one.resource(CreateLogStream, input), `${GROUP_ARN}:log-stream:s`)
  await assert.rejects(one.run(CreateLogStream, input), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(CreateLogStream, { logGroupName: 'g', logStreamName: 's' })
  await assert.rejects(one.run(CreateLogStream, input), {
    code: 'ResourceAlreadyExistsException',
    message: 'The specified log stream already exists',
  })
})
