import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, NO_STREAM, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { CreateLogStream } from './CreateLogStream.ts'
import { DeleteLogStream } from './DeleteLogStream.ts'

test('DeleteLogStream deletes a stream that is there (API_DeleteLogStream)', async () => {
  await using one = await trial()
  const input = { logGroupName: 'g', logStreamName: 's' }
  assert.equal(await one.resource(DeleteLogStream, input), `${GROUP_ARN}:log-stream:s`)
  await assert.rejects(one.run(DeleteLogStream, input), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(CreateLogStream, { logGroupName: 'g', logStreamName: 's' })
  await one.run(DeleteLogStream, input)
  await assert.rejects(one.run(DeleteLogStream, input), NO_STREAM)
})
