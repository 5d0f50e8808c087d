import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, NO_STREAM, trial } from '../test/operation.ts'
import { T0 } from '../test/world.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { CreateLogStream } from './CreateLogStream.ts'
import { PutLogEvents } from './PutLogEvents.ts'

test('PutLogEvents keeps events, and its record none of their messages (API_PutLogEvents)', async () => {
  await using one = await trial()
  const input = { logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: T0, message: 'x' }] }
  assert.equal(await one.resource(PutLogEvents, input), `${GROUP_ARN}:log-stream:s`)
  await assert.rejects(one.run(PutLogEvents, input), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await assert.rejects(one.run(PutLogEvents, input), NO_STREAM)
  await one.run(CreateLogStream, { logGroupName: 'g', logStreamName: 's' })
  const out = await one.run(PutLogEvents, input)
  assert.deepEqual(Object.keys(out ?? {}), ['nextSequenceToken'])
  assert.deepEqual(PutLogEvents.audit?.request?.(input as never), { logGroupName: 'g', logStreamName: 's' })
})
