import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, NO_STREAM, trial } from '../test/operation.ts'
import { T0 } from '../test/world.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { CreateLogStream } from './CreateLogStream.ts'
import { GetLogEvents } from './GetLogEvents.ts'
import { PutLogEvents } from './PutLogEvents.ts'

test('GetLogEvents always answers both tokens (trap 15)', async () => {
  await using one = await trial()
  const input = { logGroupName: 'g', logStreamName: 's' }
  assert.equal(await one.resource(GetLogEvents, input), `${GROUP_ARN}:log-stream:s`)
  await assert.rejects(one.run(GetLogEvents, input), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await assert.rejects(one.run(GetLogEvents, input), NO_STREAM)
  await one.run(CreateLogStream, input)
  const empty = (await one.run(GetLogEvents, input)) as { nextForwardToken: string; nextBackwardToken: string }
  for (const nextToken of [empty.nextForwardToken, empty.nextBackwardToken]) {
    const again = (await one.run(GetLogEvents, { ...input, nextToken })) as typeof empty
    assert.ok([again.nextForwardToken, again.nextBackwardToken].includes(nextToken))
  }
  await one.run(PutLogEvents, { logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: T0, message: 'x' }] })
  const { events } = (await one.run(GetLogEvents, { ...input, nextToken: empty.nextForwardToken })) as {
    events: unknown
  }
  assert.deepEqual(events, [{ timestamp: T0, message: 'x', ingestionTime: T0 }])
  await assert.rejects(one.run(GetLogEvents, { ...input, startTime: 2, endTime: 1 }), {
    code: 'InvalidParameterException',
  })
})
