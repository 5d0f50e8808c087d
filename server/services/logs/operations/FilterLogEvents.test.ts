import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { T0 } from '../test/world.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { CreateLogStream } from './CreateLogStream.ts'
import { FilterLogEvents } from './FilterLogEvents.ts'
import { GetLogEvents } from './GetLogEvents.ts'
import { PutLogEvents } from './PutLogEvents.ts'

test('FilterLogEvents gives each event an id and the name of its stream (API_FilterLogEvents)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(FilterLogEvents, { logGroupName: 'g' }), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(FilterLogEvents, { logGroupName: 'g' }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(CreateLogStream, { logGroupName: 'g', logStreamName: 's' })
  await one.run(PutLogEvents, { logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: T0, message: 'x' }] })
  const out = (await one.run(FilterLogEvents, { logGroupName: 'g' })) as { events: { eventId: string }[] }
  const [{ eventId, ...event } = { eventId: '' }] = out.events
  assert.match(eventId, /^\d{56}$/)
  assert.deepEqual(event, { logStreamName: 's', timestamp: T0, message: 'x', ingestionTime: T0 })
})

test('FilterLogEvents has the events of its endTime, GetLogEvents has not (API_FilterLogEvents, API_GetLogEvents)', async () => {
  await using one = await trial()
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(CreateLogStream, { logGroupName: 'g', logStreamName: 's' })
  const logEvents = [0, 1, 2, 2, 3].map((after) => ({ timestamp: T0 + after, message: `${after}` }))
  await one.run(PutLogEvents, { logGroupName: 'g', logStreamName: 's', logEvents })
  const times = { startTime: T0 + 1, endTime: T0 + 2 }
  const said = (out: unknown) => (out as { events: { message: string }[] }).events.map(({ message }) => message)
  assert.deepEqual(said(await one.run(FilterLogEvents, { logGroupName: 'g', ...times })), ['1', '2', '2'])
  assert.deepEqual(said(await one.run(GetLogEvents, { logGroupName: 'g', logStreamName: 's', ...times })), ['1'])
})
