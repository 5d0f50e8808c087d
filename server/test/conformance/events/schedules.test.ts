import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from './bus.ts'

/** Rules that fire by the clock. Source: surroundings.md 4.2. */

test('a rate fires one period after it was made, and then with each; Scheduled Event has the recorded form', async () => {
  await using w = await world()
  const { ruleArn } = await w.wired('tick', undefined, 'ticks', { ScheduleExpression: 'rate(5 minutes)' })
  await w.server.clock.advance({ minutes: 4 })
  assert.deepEqual(w.played.of('ticks'), [])
  await w.server.clock.advance({ minutes: 1 })
  const [event, ...more] = w.played.of('ticks')
  assert.deepEqual(more, [])
  assert.deepEqual(event, {
    version: '0',
    id: event.id,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: w.server.account,
    time: event.time,
    region: 'us-east-1',
    resources: [ruleArn],
    detail: {},
  })
  await w.server.clock.advance({ hours: 1 })
  assert.equal(w.played.of('ticks').length, 13)
  await w.events.disableRule({ Name: 'tick' })
  await w.server.clock.advance({ hours: 1 })
  assert.equal(w.played.of('ticks').length, 13)
  await w.events.enableRule({ Name: 'tick' })
  await w.server.clock.advance({ minutes: 5 })
  assert.equal(w.played.of('ticks').length, 14)
  await w.events.removeTargets({ Rule: 'tick', Ids: ['one'] })
  await w.events.deleteRule({ Name: 'tick' })
  await w.server.clock.advance({ hours: 1 })
  assert.equal(w.played.of('ticks').length, 14)
})

test('a constant input goes out byte for byte; another schedule replaces the first one', async () => {
  await using w = await world()
  await w.wired('tick', undefined, 'ticks', { ScheduleExpression: 'rate(1 day)' }, { Input: '{"Name":"/app/key"}' })
  await w.events.putRule({ Name: 'tick', ScheduleExpression: 'cron(0 3 * * ? *)' })
  await w.server.clock.advance({ days: 2 })
  assert.deepEqual(w.played.of('ticks'), [{ Name: '/app/key' }, { Name: '/app/key' }])
})
